package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	kaihost "github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/chroma"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/protocol"
)

// reading runs a kai whose Ollama and Chroma are at some addresses, and gives a line to it.
func reading(t *testing.T, services map[string]string) *protocol.Peer {
	t.Helper()
	peer, _ := readingAt(t, services)
	return peer
}

// readingAt is reading, with what asks kai's API.
func readingAt(t *testing.T, services map[string]string) (*protocol.Peer, func(method, path string, in, out any)) {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	root, err := config.ParseJSON("kai.json", []byte(`{"networking": {"port": 0}, "services": {"ollama": true, "chroma": true}}`))
	require.NoError(t, err)
	r, err := config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root})
	require.NoError(t, err)
	out := transport.New("kAI/test")
	t.Cleanup(out.Close)
	a, err := app.New(app.Options{
		Dir: dir, Config: r.Config, Trace: r.Trace, Services: services,
		Transport: out, Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(func() { assert.NoError(t, a.Stop(context.Background())) })
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", kaihost.SocketPath(dir.Path()))
	require.NoError(t, err)
	peer := protocol.NewPeer(protocol.NewFramedConn(conn, conn, protocol.FrameLimits{}), protocol.Options{Hello: protocol.Hello{App: "kai-runtime"}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = peer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	token, err := dir.Token()
	require.NoError(t, err)
	return peer, func(method, path string, in, out any) {
		t.Helper()
		body, err := json.Marshal(in)
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(t.Context(), method, a.URL()+"/api/v1"+path, bytes.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		reply, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer reply.Body.Close() //nolint:errcheck // it was read
		text, err := io.ReadAll(reply.Body)
		require.NoError(t, err)
		require.Less(t, reply.StatusCode, 300, "%s", text)
		if out != nil {
			require.NoError(t, json.Unmarshal(text, out))
		}
	}
}

// The nearest passages come from the real Chroma, with vectors of a real embedding model. What Chroma has lost it is
// given again. While it is away they are found all the same, and it is said.
func TestChromaLooksForPassages(t *testing.T) {
	ollama := model.Start(t)
	require.NoError(t, ollama.AddEmbedding(t.Context(), nil))
	server := chroma.Start(t)
	peer := reading(t, map[string]string{"ollama": ollama.URL, "chroma": server.URL})
	call := func(method string, in, out any) {
		t.Helper()
		require.NoError(t, peer.Call(t.Context(), method, in, out))
	}
	for i, text := range []string{"Cook an egg in boiling water for seven minutes.", "The drill is in the blue cupboard.", "The train to Bern leaves at nine."} {
		var d library.Document
		call(library.MethodKnowledgeAdd, library.AddDocument{Collection: "Notes", Title: fmt.Sprintf("note %d", i), Text: text}, &d)
	}
	all := func(want string) library.FoundPassages {
		t.Helper()
		var found library.FoundPassages
		require.Eventually(t, func() bool {
			found = library.FoundPassages{} // an empty notice is left out
			call(library.MethodKnowledgeFind, library.FindPassages{Words: "making holes", Limit: 1}, &found)
			return strings.HasPrefix(found.Notice, want) && (found.Notice == "") == (want == "") && len(found.Passages) == 1
		}, time.Minute, 50*time.Millisecond, "%+v", &found)
		return found
	}
	require.Eventually(t, func() bool {
		var k library.Knowledge
		call(library.MethodKnowledgeList, struct{}{}, &k)
		done := 0
		for _, d := range k.Documents {
			done += d.Done
		}
		return done == 3
	}, time.Minute, 50*time.Millisecond)
	assert.Equal(t, "note 1", all("").Passages[0].Title, "no word of it was asked for")

	forget(t, server.URL)
	assert.Equal(t, "note 1", all("").Passages[0].Title, "a task has filled it again")

	server.Kill()
	away := "All vectors are compared here: Chroma does not answer"
	assert.Equal(t, "note 1", all(away).Passages[0].Title)
}

// forget has Chroma lose everything.
func forget(t *testing.T, server string) {
	t.Helper()
	const path = "/api/v2/tenants/default_tenant/databases/default_database/collections"
	var kept []struct{ Name string }
	require.NoError(t, json.Unmarshal(sent(t, http.MethodGet, server+path), &kept))
	require.NotEmpty(t, kept)
	for _, c := range kept {
		sent(t, http.MethodDelete, server+path+"/"+c.Name)
	}
}

// sent makes a request without a body and answers that of the reply.
func sent(t *testing.T, method, address string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
	require.NoError(t, err)
	reply, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer reply.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(reply.Body)
	require.NoError(t, err)
	require.Less(t, reply.StatusCode, 300, "%s", text)
	return text
}
