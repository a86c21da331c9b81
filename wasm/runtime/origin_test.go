package runtime_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/servicetest"
	"github.com/kindos/kai/wasm/runtime"
)

// rules records what the browser was asked to leave unmarked.
type rules struct {
	asked  [][]string
	refuse error
}

func (r *rules) set(_ context.Context, urls []string) (string, error) {
	r.asked = append(r.asked, urls)
	return "", r.refuse
}

func get(t *testing.T, transport service.Transport, url string) {
	t.Helper()
	response, err := transport.Do(t.Context(), &service.Request{Method: "GET", URL: url})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

func TestTheRuleIsMadeBeforeTheFirstRequestToAnAddressAndOnce(t *testing.T) {
	r, server := &rules{}, servicetest.New(map[string]servicetest.Answer{"*": {}})
	transport := runtime.NewUnmarked(server, func(ctx context.Context, urls []string) (string, error) {
		require.Empty(t, server.Asked(), "the request went first")
		return r.set(ctx, urls)
	}, logs.Discard())
	get(t, transport, "http://localhost:11434/api/tags")
	get(t, transport, "http://localhost:11434/api/chat")
	require.Equal(t, [][]string{{"http://localhost:11434"}}, r.asked)
	require.Len(t, server.Asked(), 2)
}

func TestEveryAddressOfThisComputerKeepsItsRule(t *testing.T) {
	r := &rules{}
	transport := runtime.NewUnmarked(servicetest.New(map[string]servicetest.Answer{"*": {}}), r.set, logs.Discard())
	for _, url := range []string{"http://localhost:1/x", "http://127.0.0.1:2?x", "https://[::1]:3"} {
		get(t, transport, url)
	}
	require.Equal(t, []string{"http://localhost:1", "http://127.0.0.1:2", "https://[::1]:3"}, r.asked[2])
}

func TestOtherAddressesAreNeverUnmarked(t *testing.T) {
	r := &rules{}
	transport := runtime.NewUnmarked(servicetest.New(map[string]servicetest.Answer{"*": {}}), r.set, logs.Discard())
	for _, url := range []string{
		"https://api.example.org/v1", "http://localhost.example.org/", "http://127.0.0.1.example.org/", "http://127.0.0/", "http://1270.0.0.1/",
		"http://192.168.1.5:11434/", "file://localhost/x", "localhost:11434",
	} {
		get(t, transport, url)
	}
	require.Empty(t, r.asked)
}

func TestABrowserThatRefusesTheRuleIsAskedOnceAndTheRequestGoesOut(t *testing.T) {
	r, server := &rules{refuse: errors.New("no such API")}, servicetest.New(map[string]servicetest.Answer{"*": {}})
	transport := runtime.NewUnmarked(server, r.set, logs.Discard())
	get(t, transport, "http://localhost:11434/")
	get(t, transport, "http://localhost:11434/")
	require.Len(t, r.asked, 1)
	require.Len(t, server.Asked(), 2)
}
