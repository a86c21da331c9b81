package app_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// federated starts a kai with federation.
func federated(t *testing.T, change ...func(*app.Options)) (*kin, federation.Book) {
	t.Helper()
	k := newKin(t)
	k.app = open(t, k.dir, append(change, func(o *app.Options) { o.Config.Features.Federation = true })...)
	dir, err := datadir.Open(k.dir)
	require.NoError(t, err)
	return k, federation.BookIn(dir)
}

// lets writes another kai into a book.
func (k *kin) lets(book federation.Book, other *kin, name string, c federation.Change) {
	k.t.Helper()
	c.Name = &name
	_, err := book.Allow(other.id.ID, c)
	require.NoError(k.t, err)
	k.command(app.MethodKLPReload, nil)
}

// kinState waits until what a kai knows of its one peer is so.
func (k *kin) kinState(is func(federation.State) bool) federation.State {
	k.t.Helper()
	peer := hosted(k.t, k.dir)
	var found []federation.State
	require.Eventually(k.t, func() bool {
		require.NoError(k.t, peer.Call(k.t.Context(), app.MethodKLPPeers, nil, &found))
		return len(found) == 1 && is(found[0])
	}, patience, 5*time.Millisecond)
	return found[0]
}

func TestAKaiAnswersAQuestionOfAnother(t *testing.T) {
	one, mine := federated(t)
	two, theirs := federated(t)
	yes, at := true, strings.Replace(two.app.URL(), "http", "ws", 1)
	two.lets(theirs, one, "Laptop", federation.Change{Tasks: &yes, State: &yes})
	one.lets(mine, two, "Server", federation.Change{URL: &at})
	s := one.kinState(func(s federation.State) bool { return s.Connected && s.Says != nil })
	assert.Equal(t, []string{klp.TypeTaskRequest, klp.TypeStateSync}, s.Lets)
	assert.Empty(t, s.Says.Hardware.AI.Models)

	commands := hosted(t, one.dir)
	var answer app.KLPAnswer
	ask := func(prompt string) error {
		return commands.Call(t.Context(), app.MethodKLPAsk, app.KLPQuestion{Peer: "Server", Prompt: prompt}, &answer)
	}
	err := ask("Is anybody there?")
	require.Error(t, err, "it has no model to ask")
	assert.Contains(t, fault.Public(err).Message, "the other kai did not answer")

	two.says() // it has a model from here on, and a conversation
	require.NoError(t, ask("What is it?"))
	assert.NotEmpty(t, answer.Text)
	person := view(t, two.app, two.dir)
	page := two.conversations(person)
	require.NotEmpty(t, page)
	assert.Equal(t, "What is it?", firstText(t, person, page), "its owner sees what was asked")
	var listed assistant.MessagePage
	require.NoError(t, person.Call(t.Context(), assistant.MethodMessageList, assistant.ListMessages{Conversation: page[0].ID}, &listed))
	assert.Equal(t, listed.Messages[len(listed.Messages)-1].Text, answer.Text)
}

// firstText is the first message of the newest conversation.
func firstText(t *testing.T, person *protocol.Peer, page []assistant.Conversation) string {
	t.Helper()
	var listed assistant.MessagePage
	require.NoError(t, person.Call(t.Context(), assistant.MethodMessageList, assistant.ListMessages{Conversation: page[0].ID}, &listed))
	require.NotEmpty(t, listed.Messages)
	return listed.Messages[0].Text
}

func TestWithoutFederationThereIsNothing(t *testing.T) {
	one := newKin(t)
	one.runs("")
	for _, path := range []string{"/klp", "/.well-known/klp.json"} {
		answer, err := http.Get(one.app.URL() + path)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		assert.Equal(t, http.StatusNotFound, answer.StatusCode, path)
	}
	dir, err := datadir.Open(one.dir)
	require.NoError(t, err)
	token, err := dir.Token()
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, one.app.URL()+"/openapi.json", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Contains(t, string(text), `"/sync"`)
	assert.NotContains(t, string(text), "klp")
	err = hosted(t, one.dir).Call(t.Context(), app.MethodKLPPeers, nil, nil)
	assert.Equal(t, &fault.Fault{Code: fault.Unavailable, Message: "federation is off", Remedy: "set features.federation to true and start kai run again"}, fault.Public(err))
	for _, s := range one.app.Health(t.Context()).Steps {
		assert.NotEqual(t, driver.StepFederation, s.Step)
	}
}

func TestTheStatusSaysThatNobodyElseCanCome(t *testing.T) {
	one, _ := federated(t)
	var detail string
	for _, s := range one.app.Health(t.Context()).Steps {
		if s.Step == driver.StepFederation {
			detail = s.Detail
		}
	}
	assert.Contains(t, detail, "0 allowed, 0 connected; other computers cannot reach this kai")
}

// TestAStrangerLearnsNothing shakes hands with a kai that does not know it.
func TestAStrangerLearnsNothing(t *testing.T) {
	one, _ := federated(t)
	stranger := newKin(t)
	dir, err := datadir.Open(stranger.dir)
	require.NoError(t, err)
	key, err := dir.Identity()
	require.NoError(t, err)
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(one.app.URL(), "http", "ws", 1)+"/klp", nil) //nolint:bodyclose // none on success
	require.NoError(t, err)
	defer func() { _ = conn.CloseNow() }()
	h, hello, err := klp.Join(klp.Party{Key: key, Now: time.Now}, one.id.ID, nil)
	require.NoError(t, err)
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, hello))
	_, frame, err := conn.Read(t.Context())
	require.NoError(t, err)
	_, err = h.Step(frame)
	assert.Equal(t, fault.Forbidden, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Message, "is not allowed here")
	_, _, err = conn.Read(context.WithoutCancel(t.Context()))
	require.Error(t, err, "the connection ends")
}

// A kai that a password opens proves itself to nobody before, and answers no question while it is locked again.
func TestALockedKaiAnswersNoOtherKai(t *testing.T) {
	one, mine := federated(t)
	two, theirs := federated(t, func(o *app.Options) { o.Config.Auth.Mode = config.AuthLocalVault })
	keep(t, two.dir, "x", "1")
	yes, at := true, strings.Replace(one.app.URL(), "http", "ws", 1)
	one.lets(mine, two, "Server", federation.Change{})
	two.lets(theirs, one, "Laptop", federation.Change{Tasks: &yes, State: &yes, URL: &at})
	s := two.kinState(func(s federation.State) bool { return s.Fault != nil })
	assert.Equal(t, "the vault is locked", s.Fault.Message)
	two.unlocks(password)
	one.kinState(func(s federation.State) bool { return s.Connected && s.Says != nil && s.Says.Health == "ready" })

	two.command(app.MethodLock, nil)
	err := hosted(t, one.dir).Call(t.Context(), app.MethodKLPAsk, app.KLPQuestion{Peer: "Server", Prompt: "Anybody?"}, nil)
	require.Error(t, err)
	assert.Equal(t, "the other kai did not answer: its vault is locked", fault.Public(err).Message)
	two.command(app.MethodKLPReload, nil)
	one.kinState(func(s federation.State) bool { return s.Says.Health == "locked" })
}
