package service_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/ollama"
)

// TestAStuckOllamaIsFreed: an Ollama that holds its one place for an answer that was stopped (its issue 17131) keeps one
// person waiting once, not everybody for ever.
func TestAStuckOllamaIsFreed(t *testing.T) {
	server := model.StartWith(t, 1)
	out := transport.New("kAI/test")
	t.Cleanup(out.Close)
	hello := func(patience time.Duration) (string, error) {
		limits := exchange.DefaultLimits()
		limits.First = patience
		var text strings.Builder
		_, err := ollama.New(service.Spec{URL: server.URL}, out, limits).
			Chat(t.Context(), ask("hello kai"), func(d service.ChatDelta) error { text.WriteString(d.Text); return nil })
		return text.String(), err
	}
	_, err := hello(time.Minute) // the model is loaded: from here on an answer comes at once
	require.NoError(t, err)

	const tries = 1000 // 2 of 100 do it
	for n := 0; n < tries && abandon(t, server, n); n++ {
	}
	_, err = hello(2 * time.Second)
	require.Equal(t, fault.Timeout, fault.CodeOf(err), "this Ollama does not get stuck: is the remedy still needed? %v", err)
	text, err := hello(time.Minute)
	require.NoError(t, err)
	assert.Equal(t, model.Answer("hello kai"), text)
}

// abandon stops an endless answer, past everything of ours, and tells whether another one begins within three seconds.
func abandon(t *testing.T, s *model.Server, n int) bool {
	ctx, cancel := context.WithCancel(t.Context())
	res, err := post(ctx, s, "count without end")
	require.NoError(t, err)
	_, err = io.ReadFull(res.Body, make([]byte, 3000+7*n))
	require.NoError(t, err)
	cancel()
	_ = res.Body.Close()

	ctx, cancel = context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	res, err = post(ctx, s, "hello kai")
	if err != nil {
		return false
	}
	_, err = io.ReadAll(res.Body)
	_ = res.Body.Close()
	return err == nil
}

func post(ctx context.Context, s *model.Server, text string) (*http.Response, error) {
	body := `{"model":"` + model.Scripted + `","messages":[{"role":"user","content":"` + text + `"}]}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/api/chat", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(r)
}
