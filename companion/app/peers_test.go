package app_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
)

const patience = 20 * time.Second

// kin is one of the kai that exchange.
type kin struct {
	t    *testing.T
	dir  string
	id   app.Identity
	book peers.Book
	app  *app.App
}

func newKin(t *testing.T) *kin {
	t.Helper()
	dir := t.TempDir()
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	id, err := app.IdentityIn(opened)
	require.NoError(t, err)
	return &kin{t: t, dir: dir, id: id, book: peers.BookIn(opened)}
}

// runs starts it; at is an address that it had before, or empty.
func (k *kin) runs(at string) {
	k.t.Helper()
	k.app = open(k.t, k.dir, func(o *app.Options) {
		if at != "" {
			u, err := url.Parse(at)
			require.NoError(k.t, err)
			o.Config.Networking.Port, err = strconv.Atoi(u.Port())
			require.NoError(k.t, err)
		}
	})
}

func (k *kin) allows(other *kin, name string) {
	k.t.Helper()
	_, err := k.book.Allow(other.id.ID, name)
	require.NoError(k.t, err)
}

// dials adds a running kai to the book of one that may run.
func (k *kin) dials(other *kin, name string) {
	k.t.Helper()
	_, err := k.book.Add(strings.Replace(other.app.URL(), "http", "ws", 1), other.id.ID, name, "")
	require.NoError(k.t, err)
	if k.app != nil {
		k.command(app.MethodSync, nil)
	}
}

// command calls a kai as the command line does.
func (k *kin) command(method string, out any) {
	k.t.Helper()
	require.NoError(k.t, hosted(k.t, k.dir).Call(k.t.Context(), method, nil, out))
}

// unlocks opens its vault, as kai vault unlock does.
func (k *kin) unlocks(password string) {
	k.t.Helper()
	require.NoError(k.t, hosted(k.t, k.dir).Call(k.t.Context(), app.MethodUnlock, app.Password{Password: password}, nil))
}

func (k *kin) conversations(peer *protocol.Peer) []assistant.Conversation {
	k.t.Helper()
	var page assistant.ConversationPage
	require.NoError(k.t, peer.Call(k.t.Context(), assistant.MethodConversationList, assistant.ListConversations{}, &page))
	return page.Conversations
}

// agrees waits until both have so many conversations, and the same.
func (k *kin) agrees(other *kin, count int) {
	k.t.Helper()
	here, there := view(k.t, k.app, k.dir), view(k.t, other.app, other.dir)
	require.Eventually(k.t, func() bool {
		mine := k.conversations(here)
		return len(mine) == count && assert.ObjectsAreEqual(mine, other.conversations(there))
	}, patience, 5*time.Millisecond)
}

// device waits for what a kai shows of another.
func (k *kin) device(name string, is func(assistant.SyncDevice) bool) assistant.SyncDevice {
	k.t.Helper()
	peer := view(k.t, k.app, k.dir)
	var found assistant.SyncDevice
	require.Eventually(k.t, func() bool {
		var s assistant.SyncState
		require.NoError(k.t, peer.Call(k.t.Context(), assistant.MethodSyncState, assistant.Empty{}, &s))
		for _, d := range s.Devices {
			if found = d; d.Name == name && is(d) {
				return true
			}
		}
		return false
	}, patience, 5*time.Millisecond, name)
	return found
}

// says lets a person write in a kai.
func (k *kin) says() {
	hold := make(chan struct{})
	close(hold)
	ask(k.t, view(k.t, k.app, k.dir), ollama(k.t, hold))
}

func TestTwoKaiAgreeOnTheirHistories(t *testing.T) {
	one, two := newKin(t), newKin(t)
	two.allows(one, "Laptop")
	two.runs("")
	at := two.app.URL()
	one.dials(two, "Server")
	one.runs("")
	one.says()
	one.agrees(two, 1)
	two.says()
	one.agrees(two, 2)
	both := func(d assistant.SyncDevice) bool {
		return d.Connected && d.Last != "" && d.Kind == "kai" && d.Fault == nil && !d.Encrypted
	}
	one.device("Server", both)
	two.device("Laptop", both)

	shut(t, two.app) // the connection is cut
	one.device("Server", func(d assistant.SyncDevice) bool { return !d.Connected })
	one.says()
	shut(t, one.app)
	two.runs(at)
	two.says()
	one.runs("")
	one.agrees(two, 4)
}

func TestAKaiThatWasRemovedIsRefusedUntilItIsAllowedAgain(t *testing.T) {
	one, two := newKin(t), newKin(t)
	two.allows(one, "Laptop")
	two.runs("")
	one.dials(two, "Server")
	one.runs("")
	one.says()
	one.agrees(two, 1)
	id := two.device("Laptop", func(d assistant.SyncDevice) bool { return d.Last != "" }).ID
	person := view(t, two.app, two.dir)
	require.NoError(t, person.Call(t.Context(), assistant.MethodSyncRemove, assistant.ByID{ID: id}, nil))
	one.device("Server", func(d assistant.SyncDevice) bool { // at first it may only know that the connection has ended
		return d.Fault != nil && strings.Contains(d.Fault.Message, "Laptop was removed from the devices")
	})
	one.says()
	one.says()
	one.device("Server", func(d assistant.SyncDevice) bool { return d.Fault != nil && d.Waiting > 0 })
	assert.Len(t, two.conversations(person), 1)
	require.NoError(t, person.Call(t.Context(), assistant.MethodSyncAllow, assistant.ByID{ID: id}, nil))
	one.agrees(two, 3)
}

func TestAKaiThatNobodyAllowedIsRefused(t *testing.T) {
	one, two, three := newKin(t), newKin(t), newKin(t)
	two.runs("")
	_, answer, err := websocket.Dial(t.Context(), strings.Replace(two.app.URL(), "http", "ws", 1)+"/sync", nil) //nolint:bodyclose // closed by Dial
	require.Error(t, err)
	assert.Equal(t, 404, answer.StatusCode, "there is nothing until somebody is allowed")
	two.allows(three, "Another")
	one.dials(two, "Server")
	one.runs("")
	commands := hosted(t, one.dir)
	state := func() peers.State {
		var states []peers.State
		require.NoError(t, commands.Call(t.Context(), app.MethodPeers, nil, &states))
		require.Len(t, states, 1)
		return states[0]
	}
	require.Eventually(t, func() bool { return state().Fault != nil }, patience, 5*time.Millisecond)
	assert.Equal(t, "the other kai refuses: "+one.id.Short+" may not exchange here", state().Fault.Message)
	two.allows(one, "Laptop")
	one.command(app.MethodSync, nil)
	require.Eventually(t, func() bool { return state().Connected }, patience, 5*time.Millisecond)
	_, err = two.book.Forget("Laptop")
	require.NoError(t, err)
	two.command(app.MethodSync, nil)
	require.Eventually(t, func() bool { s := state(); return !s.Connected && s.Fault != nil }, patience, 5*time.Millisecond)
}

// equal says whether two histories hold the same records in the same versions.
func equal(one, two []record.Record) bool {
	return slices.EqualFunc(one, two, func(a, b record.Record) bool {
		return a.Kind == b.Kind && a.ID == b.ID && a.Version == b.Version && a.Deleted == b.Deleted
	})
}
