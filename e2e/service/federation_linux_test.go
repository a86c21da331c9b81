package service_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/klp"
)

// connects adds the model server to a kai.
func (h *host) connects(url string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, "http://127.0.0.1:8080/api/v1/services",
		strings.NewReader(`{"kind": "ollama", "name": "Ollama", "url": "`+url+`"}`))
	require.NoError(h.t, err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(h.said("token")))
	r.Header.Set("Content-Type", "application/json")
	answer, err := h.client().Do(r)
	require.NoError(h.t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(h.t, err)
	require.Less(h.t, answer.StatusCode, 300, "%s", text)
}

// until waits for what a kai knows of its one peer.
func (h *host) until(what string, is func(federation.State) bool) {
	h.t.Helper()
	var states []federation.State
	require.Eventually(h.t, func() bool {
		states = nil
		require.NoError(h.t, json.Unmarshal([]byte(h.said("klp", "peers", "--json")), &states))
		return len(states) == 1 && is(states[0])
	}, 2*time.Minute, 200*time.Millisecond, "%s: %+v", what, states)
}

// Two people on two computers of one network: one finds the other's kai, both allow each other, one's question is answered
// by the other's model, the cable is pulled and put back, and one lets the other in no more.
func TestTwoKaiOfTwoPeople(t *testing.T) {
	ollama := model.Start(t)
	ada, bob := newHost(t, "10.77.0.1"), newHost(t, "10.77.0.2")
	cable(ada, bob)
	ada.runs()
	bob.runs()
	bob.lends("127.0.0.1:11434", strings.TrimPrefix(ollama.URL, "http://"))
	bob.connects("http://127.0.0.1:11434")
	identity := func(h *host) klp.ID { return klp.ID(strings.Fields(h.said("klp", "identity"))[0]) }

	var found []struct {
		federation.Found
		Allowed bool
	}
	require.NoError(t, json.Unmarshal([]byte(ada.said("klp", "discover", "--json")), &found))
	require.Len(t, found, 1)
	assert.Equal(t, identity(bob), found[0].ID)
	assert.Equal(t, "ws://10.77.0.2:8080/klp", found[0].URL)
	assert.False(t, found[0].Allowed)
	assert.Contains(t, ada.said("klp", "peers"), "No other kai is allowed", "who is found is not allowed")
	card, err := ada.client().Get("http://10.77.0.2:8080/.well-known/klp.json")
	require.NoError(t, err)
	var who klp.Card
	require.NoError(t, json.NewDecoder(card.Body).Decode(&who))
	require.NoError(t, card.Body.Close())
	assert.Equal(t, klp.CardOf(identity(bob), "ws://10.77.0.2:8080/klp"), who)
	assert.NotContains(t, bob.said("klp", "status"), "NOBODY ELSE")

	ada.said("klp", "allow", string(found[0].ID), "--name", "bob", "--url", found[0].URL)
	ada.until("refused", func(s federation.State) bool {
		return s.Fault != nil && strings.Contains(s.Fault.Message, "is not allowed here")
	})
	bob.said("klp", "allow", string(identity(ada)), "--name", "ada", "--state")
	ada.until("connected", func(s federation.State) bool { return s.Connected && s.Says != nil && s.Says.Hardware.AI.Inference })
	text, err := ada.says("", "klp", "ask", "bob", "hello kai")
	require.Error(t, err)
	assert.Contains(t, text, "it takes no questions from this kai")
	bob.said("klp", "allow", string(identity(ada)), "--tasks")
	assert.Equal(t, model.Answer("hello kai"), strings.TrimSuffix(ada.said("klp", "ask", "bob", "hello kai"), "\n"))

	ada.command("ip", "link", "set", "eth0", "down")
	ada.until("away", func(s federation.State) bool { return !s.Connected })
	bob.until("away", func(s federation.State) bool { return !s.Connected })
	ada.command("ip", "link", "set", "eth0", "up")
	ada.until("back", func(s federation.State) bool { return s.Connected })
	assert.Equal(t, model.Answer("hello kai"), strings.TrimSuffix(ada.said("klp", "ask", "bob", "hello kai"), "\n"))

	bob.said("klp", "remove", "ada")
	ada.until("removed", func(s federation.State) bool {
		return !s.Connected && s.Fault != nil && strings.Contains(s.Fault.Message, "is not allowed here")
	})
	_, err = ada.says("", "klp", "ask", "bob", "hello kai")
	require.Error(t, err)
}
