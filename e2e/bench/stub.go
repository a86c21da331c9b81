package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/service"
)

const stubModel = "stub"

// stub is a load generator, no model: it speaks as much of Ollama as an answer needs, and sends numbered words at an even
// pace. When it sent each is known.
type stub struct {
	words int
	pace  time.Duration
	url   string

	mu   sync.Mutex // guards sent
	sent []time.Time
}

func newStub(s *stage, words int, pace time.Duration) *stub {
	b := &stub{words: words, pace: pace}
	mux := http.NewServeMux()
	answer := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	answer("GET /{$}", "Ollama is running")
	answer("GET /api/version", `{"version":"0.30.0"}`)
	answer("GET /api/tags", `{"models":[{"name":"`+stubModel+`","model":"`+stubModel+`","size":1,"details":{"family":"stub"}}]}`)
	answer("POST /api/show", `{"details":{"family":"stub"},"model_info":{},"capabilities":["completion"]}`)
	mux.HandleFunc("POST /api/chat", b.chat)
	server := httptest.NewServer(mux)
	b.url = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	s.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return b
}

// service is the stub as the assistant keeps it.
func (b *stub) service() service.Spec {
	return service.Spec{ID: "0192f0a1-0000-7000-8000-000000000001", Kind: "ollama", Name: "Stub", URL: b.url}
}

func (b *stub) chat(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out, tick := http.NewResponseController(w), time.NewTicker(b.pace)
	defer tick.Stop()
	times := make([]time.Time, 0, b.words)
	for i := range b.words {
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		}
		line := []byte(chatLine(fmt.Sprintf("w%d ", i), false))
		times = append(times, time.Now())
		if _, err := w.Write(line); err != nil || out.Flush() != nil {
			return
		}
	}
	b.mu.Lock()
	b.sent = times
	b.mu.Unlock()
	_, _ = w.Write([]byte(chatLine("", true))) // a reader that left needs no end
}

// chatLine is a line in Ollama's own order of fields.
func chatLine(text string, done bool) string {
	var line struct {
		Model   string `json:"model"`
		Created string `json:"created_at"`
		Message struct {
			Role    string `json:"role"`
			Content string `json:"content"`
		} `json:"message"`
		Done bool `json:"done"`
	}
	line.Model, line.Created, line.Done = stubModel, "2026-01-01T00:00:00Z", done
	line.Message.Role, line.Message.Content = "assistant", text
	out, _ := json.Marshal(line) // plain values always marshal
	return string(out) + "\n"
}

// delays are the ms from each word's sending to its being seen.
func (b *stub) delays(s *stage, seen []float64) []float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(seen) != len(b.sent) {
		s.Fatalf("%d words were sent, %d were seen", len(b.sent), len(seen))
	}
	out := make([]float64, len(seen))
	for i, at := range seen {
		out[i] = at - float64(b.sent[i].UnixNano())/1e6
	}
	return out
}
