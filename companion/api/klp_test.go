package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/shared/klp"
)

// kin answers other kai with what they say, and has a card.
type kin struct{ echo }

func (kin) Card(endpoint string) (klp.Card, error) {
	return klp.CardOf(klp.IDOf(make([]byte, 32)), endpoint), nil
}

func TestOnlyOtherKaiAreServedAtKLP(t *testing.T) {
	for name, c := range map[string]struct {
		federation api.Federation
		host       string
		header     [2]string
		code       int
	}{
		"another kai":          {kin{}, "", [2]string{}, 101},
		"through a tunnel":     {kin{}, "localhost:9090", [2]string{}, 101},
		"federation is off":    {nil, "", [2]string{}, 404},
		"a stranger's name":    {kin{}, "kai.example.org", [2]string{}, 403},
		"the own web app":      {kin{}, "", [2]string{"Origin", "own"}, 403},
		"a page of a stranger": {kin{}, "", [2]string{"Origin", "https://example.org"}, 403},
		"a page by its fetch":  {kin{}, "", [2]string{"Sec-Fetch-Site", "cross-site"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(o *api.Options) { o.Federation = c.federation })
			opt := &websocket.DialOptions{Host: c.host, HTTPHeader: http.Header{}}
			if c.header[0] != "" {
				opt.HTTPHeader.Set(c.header[0], strings.Replace(c.header[1], "own", s.URL(), 1))
			}
			echoes(t, s.URL()+api.KLPPath, opt, c.code)
		})
	}
}

// TestTheCardSaysWhoAKaiIs asks for it as anybody does, without a token.
func TestTheCardSaysWhoAKaiIs(t *testing.T) {
	get := func(f api.Federation) (*http.Response, string, string) {
		s := serve(t, func(o *api.Options) { o.Federation = f })
		answer, err := http.Get(s.URL() + api.KLPCardPath)
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer, string(text), s.URL()
	}
	answer, _, _ := get(nil)
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
	answer, text, at := get(kin{})
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	var card map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &card))
	assert.Equal(t, map[string]any{
		"agent_id":     "kind:did:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA#ed25519",
		"public_key":   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"capabilities": []any{"capability_announce", "state_sync", "task_request"},
		"endpoints":    []any{strings.Replace(at, "http", "ws", 1) + "/klp"},
	}, card)
}
