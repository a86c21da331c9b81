package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chatapi"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/rest"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	runner "github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/store"
)

// How much is asked of the API in a round. The words come faster than any model speaks.
const (
	apiReads = 500
	apiWords = 300
	apiPace  = 3 * time.Millisecond
	apiToken = "bench"
)

// httpAPI measures what the HTTP API adds: to reading a page of conversations, beside a handler of net/http that reads the same
// store and answers the same fields, and to each token that is passed on, beside asking the model server itself.
func httpAPI() subject {
	const (
		read   = "API, a page of 50 conversations, p99"
		middle = "  the same, median"
		token  = "API, a token passed on, median" //nolint:gosec // not that kind
	)
	return subject{
		name: "api", about: "the HTTP API beside a bare net/http handler on the same store, and beside the model server itself",
		figures: []figure{
			{name: read, unit: "ms", limit: atMostTimes(2)},
			{name: middle, unit: "ms"},
			{name: token, unit: "ms", limit: atMostBeyond(0.1)},
		},
		open: func(s *stage) func(*meter) {
			b := newStub(s, apiWords, apiPace)
			ours, bare := serveAPI(s, b)
			const path = "/api/v1/conversations?limit=50"
			require.JSONEq(s, string(ask(s, ours+path)), string(ask(s, bare)), "both answer the same")
			return func(m *meter) {
				var mine, theirs []float64
				for range apiReads {
					mine = append(mine, timed(func() { ask(s, ours+path) }))
					theirs = append(theirs, timed(func() { ask(s, bare) }))
				}
				m.compare(read, p99(mine), p99(theirs))
				m.compare(middle, median(mine), median(theirs))
				direct := b.heard(s, b.url+"/api/chat", `{"model":"`+stubModel+`","messages":[{"role":"user","content":"count"}]}`)
				passed := b.heard(s, ours+"/v1/chat/completions", `{"model":"`+stubModel+`","stream":true,"messages":[{"role":"user","content":"count"}]}`)
				m.compare(token, median(passed), median(direct))
			}
		},
	}
}

// serveAPI serves a history by the API, and the first page of it by a bare handler.
func serveAPI(s *stage, b *stub) (ours, bare string) {
	db, err := sqlite.Open(s.ctx, filepath.Join(s.TempDir(), "kai.db"), app.Schema())
	require.NoError(s, err)
	s.Cleanup(func() { _ = db.Close() })
	require.NoError(s, store.Load(s.ctx, db, history(s, usualConversations, b.service())))
	gateway := service.NewLocal(transport.New("kAI/bench"), connectors.Definitions(), "kai")
	a := assistant.New(assistant.Deps{
		Store: db, Clock: record.NewClock("bench", time.Now), Gateway: gateway, Kinds: connectors.Definitions(),
		Runners: func() (here, companion runner.Runner) { return nil, nil },
	})
	require.NoError(s, a.Start(s.ctx))
	c := config.DefaultStandalone()
	c.Networking.Port = 0
	server := api.New(api.Options{
		Network: c.Networking, Token: func() (string, error) { return apiToken, nil }, Handler: a, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Rates: api.Rates{Near: api.Rate{Burst: 1e9, PerSecond: 1e9}},
		Areas: []api.Area{rest.Area(a, func() config.Standalone { return c }, noTasks), chatapi.Area(chatapi.Options{Services: a.Connected, Gateway: gateway, Now: time.Now})},
	})
	require.NoError(s, server.Start(s.ctx))
	plain := httptest.NewServer(bareHandler(db))
	s.Cleanup(func() {
		plain.Close()
		_ = server.Stop(s.ctx)
		_ = a.Close(s.ctx)
	})
	return server.URL(), plain.URL
}

// noTasks is why a server that is measured has no queue.
func noTasks() (queue.Queue, error) {
	return nil, fault.New(fault.Unavailable, "no tasks are measured here")
}

// bareHandler is what somebody would write who needs this answer only.
func bareHandler(db store.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, err := db.List(r.Context(), store.Query{Kind: record.KindConversation, Index: "updated", Reverse: true, Limit: 50})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		out := assistant.ConversationPage{Conversations: []assistant.Conversation{}, Next: page.Next}
		for _, held := range page.Records {
			var one assistant.Conversation
			if err := json.Unmarshal(held.Body, &one); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			out.Conversations = append(out.Conversations, one)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // the reader has gone
	}
}

// ask reads an answer whole.
func ask(s *stage, address string) []byte {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodGet, address, nil)
	require.NoError(s, err)
	r.Header.Set("Authorization", "Bearer "+apiToken)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(s, err)
	require.Equal(s, http.StatusOK, resp.StatusCode, "%s", text)
	return text
}

func timed(work func()) float64 {
	began := time.Now()
	work()
	return millis(time.Since(began))
}

// heard has an answer made and gives each word's delay in ms, from the stub's sending to its line being read.
func (b *stub) heard(s *stage, address, question string) []float64 {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, address, strings.NewReader(question))
	require.NoError(s, err)
	r.Header.Set("Authorization", "Bearer "+apiToken)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s, err)
	defer func() { _ = resp.Body.Close() }()
	var seen []float64
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if bytes.Contains(lines.Bytes(), []byte(`"content":"w`)) {
			seen = append(seen, float64(time.Now().UnixNano())/1e6)
		}
	}
	return b.delays(s, seen)
}
