package app_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/run"
)

// open begins to read a stream of events; header is changed as the test wants.
func (p *program) open(path string, header map[string]string) *bufio.Reader {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	p.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	require.NoError(p.t, err)
	r.Header.Set("Authorization", "Bearer "+p.token)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	p.t.Cleanup(func() { _ = resp.Body.Close() })
	require.Equal(p.t, http.StatusOK, resp.StatusCode)
	return bufio.NewReader(resp.Body)
}

// rest reads a stream to its end.
func rest(t *testing.T, events *bufio.Reader) string {
	t.Helper()
	all, err := io.ReadAll(events)
	require.NoError(t, err)
	return string(all)
}

// underway asks a kai something that it begins to answer and does not finish before hold closes.
func underway(t *testing.T, p *program, hold chan struct{}) assistant.Sent {
	t.Helper()
	service := read[assistant.ServiceView](p, 201, "POST", "/api/v1/services", map[string]string{"kind": "ollama", "url": ollama(t, hold)})
	return read[assistant.Sent](p, 201, "POST", "/api/v1/runs", assistant.Send{Text: "Who am I?", Service: service.ID, Model: "tiny:latest"})
}

// An answer is followed live, by several at once, and from any place in it: a reader that was cut misses and repeats nothing.
func TestAnAnswerIsFollowedFromAnyPlace(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	p := newProgram(t, open(t, dir), dir)
	sent := underway(t, p, hold)
	path := "/api/v1/runs/" + sent.Run + "/deltas"
	first := p.open(path, nil)
	line, err := first.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "id: 1\n", line, "it comes while the answer is being made")
	again := p.open(path+"?from=1", nil)
	reconnected := p.open(path, map[string]string{"Last-Event-ID": "1"})
	close(hold)
	for _, late := range []*bufio.Reader{again, reconnected} {
		got := rest(t, late)
		assert.NotContains(t, got, "Hello")
		assert.Contains(t, got, "Ada.")
		assert.Contains(t, got, `"state":"done"`)
	}
	assert.Contains(t, rest(t, first), "Hello")
	var whole string
	for _, d := range deltas(p, sent.Run, 0) {
		whole += d.Text
	}
	assert.Equal(t, "Hello, Ada.", whole)
}

// A stopped answer ends its streams, with what had come.
func TestStoppingEndsTheStream(t *testing.T) {
	dir := t.TempDir()
	p := newProgram(t, open(t, dir), dir)
	sent := underway(t, p, make(chan struct{}))
	events := p.open("/api/v1/runs/"+sent.Run+"/deltas", nil)
	p.call(http.StatusNoContent, "POST", "/api/v1/runs/"+sent.Run+"/stop", nil)
	assert.Contains(t, rest(t, events), `"state":"`+string(run.StateStopped)+`"`)
}

// Whoever follows an answer does not keep kai from stopping.
func TestStreamsDoNotKeepKaiFromStopping(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	p := newProgram(t, a, dir)
	sent := underway(t, p, make(chan struct{}))
	events := p.open("/api/v1/runs/"+sent.Run+"/deltas", nil)
	_, err := events.ReadString('\n')
	require.NoError(t, err)
	shut(t, a)
	assert.True(t, strings.HasSuffix(rest(t, events), "\n\n"), "no event is cut")
}
