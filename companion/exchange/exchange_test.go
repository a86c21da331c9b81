package exchange_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/pictures"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
	"github.com/kindos/kai/shared/store/memstore"
)

const patience = 20 * time.Second

// world is a kai with browsers around it.
type world struct {
	t   *testing.T
	hub *exchange.Hub
	own store.Store
}

func newWorld(t *testing.T) *world {
	t.Helper()
	own := memstore.New(append(store.Schema(), exchange.Schema()...))
	clock := record.NewClock("kai", time.Now)
	_, err := life.Live(t.Context(), own, "kai", newID)
	require.NoError(t, err)
	w := &world{t: t, own: own}
	w.hub = exchange.New(exchange.Options{
		Store: &telling{own, func() { w.hub.Changed() }}, Devices: own, Clock: clock, Now: time.Now, NewID: newID, Log: slog.New(slog.DiscardHandler),
		Pictures: pictures.Blobs{Store: own},
	})
	return w
}

func newID() string { return record.NewID(time.Now()) }

// telling is a store that tells of what is written, as an assistant does: not of the exchange's own records.
type telling struct {
	store.Store
	told func()
}

func (s *telling) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	result, err := s.Store.Apply(ctx, batch...)
	for i, won := range result.Won {
		if won && batch[i].Record.Kind != record.KindReplica {
			s.told()
			break
		}
	}
	return result, err
}

// Sweep forgets deletions.
func (s *telling) Sweep(ctx context.Context, tombstones ...record.Record) error {
	return s.Store.(store.Sweeper).Sweep(ctx, tombstones...) //nolint:forcetypeassert // memory can
}

// browser lends a store to the kai of a world.
type browser struct {
	w      *world
	name   string
	store  store.Store
	clock  *record.Clock
	closed atomic.Bool                                    // refuses to lend
	calls  atomic.Int64                                   // that were served
	before func(ctx context.Context, r *protocol.Request) // comes before each; nil for nothing
	cut    func()
	views  *protocol.Peer // as a view's calls go out
}

func (w *world) browser(name string) *browser {
	b := &browser{w: w, name: name, store: memstore.New(store.Schema()), clock: record.NewClock(name, time.Now)}
	b.connect()
	return b
}

// connect joins the browser to kai, until cut.
func (b *browser) connect() {
	here, there := protocol.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	wrote := make(chan struct{}, 1)
	hello := protocol.Hello{App: "kai-runtime", Instance: b.name, Capabilities: []string{lent.Capability, "firefox"}}
	owner := protocol.NewPeer(here, protocol.Options{Hello: hello, Handler: b.lends()})
	var kai *protocol.Peer
	kai = protocol.NewPeer(there, protocol.Options{
		Handler: b.w.hub.Methods(func() exchange.Connection { return kai }),
		Event:   exchange.Rings(wrote),
	})
	done := make(chan struct{}, 3)
	go func() { _ = owner.Run(ctx); done <- struct{}{} }()
	go func() { _ = kai.Run(ctx); done <- struct{}{} }()
	go func() { b.w.hub.Serve(ctx, kai, wrote); done <- struct{}{} }()
	b.views = owner
	b.cut = func() {
		cancel()
		for range 3 {
			<-done
		}
		b.cut = func() {}
	}
	b.w.t.Cleanup(func() { b.cut() })
}

func (b *browser) lends() protocol.Handler {
	methods := lent.Methods(b.store)
	return protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		if b.closed.Load() {
			return nil, fault.New(fault.Forbidden, "sync is off")
		}
		if b.calls.Add(1); b.before != nil {
			b.before(ctx, r)
		}
		if strings.HasPrefix(r.Method, assistant.BlobPrefix) {
			return pictures.Blobs{Store: b.store}.Serve(ctx, r.Method, r.Body)
		}
		return methods.Serve(ctx, r)
	})
}

func (b *browser) write(id, text string) {
	b.w.t.Helper()
	_, err := store.Update(b.w.t.Context(), b.store, b.clock, record.Key{Kind: record.KindMessage, ID: id}, func(r *record.Record) error {
		r.Body = fmt.Appendf(nil, `{"conversation":"c","role":"user","text":%q}`, text)
		return nil
	})
	require.NoError(b.w.t, err)
	_ = b.views.Notify(b.w.t.Context(), lent.EventChanged, nil) // a browser that is cut tells nobody
}

func (b *browser) has(id, text string) bool {
	found, err := b.store.Get(context.Background(), record.Key{Kind: record.KindMessage, ID: id})
	return err == nil && store.IndexKey(found[0].Body, "text") == text
}

func (b *browser) gets(id, text string) {
	b.w.t.Helper()
	require.Eventually(b.w.t, func() bool { return b.has(id, text) }, patience, time.Millisecond, "%s gets %q", b.name, text)
}

func (b *browser) ask(method string, in, out any) error {
	return b.views.Call(b.w.t.Context(), method, in, out)
}

func (b *browser) state() (s assistant.SyncState) {
	b.w.t.Helper()
	require.NoError(b.w.t, b.ask(assistant.MethodSyncState, assistant.Empty{}, &s))
	return s
}

func TestWhatOneBrowserWritesReachesTheOthers(t *testing.T) {
	w := newWorld(t)
	one := w.browser("one")
	one.write("before", "here already")
	two := w.browser("two")
	two.gets("before", "here already")
	two.write("later", "from the other side")
	one.gets("later", "from the other side")
}

func TestWhatKaiItselfWritesReachesTheBrowsers(t *testing.T) {
	w := newWorld(t)
	one := w.browser("one")
	one.write("x", "first")
	require.Eventually(t, func() bool { return len(one.state().Devices) == 1 }, patience, time.Millisecond)
	clock := record.NewClock("webapp", time.Now)
	r := record.Record{Kind: record.KindMessage, ID: "w", Version: clock.Next(), Body: []byte(`{"conversation":"c","text":"from the web app"}`)}
	_, err := w.own.Apply(t.Context(), store.Put(r))
	require.NoError(t, err)
	w.hub.Changed()
	one.gets("w", "from the web app")
}

func TestABrowserThatWasAwayCatchesUp(t *testing.T) {
	w := newWorld(t)
	one, two := w.browser("one"), w.browser("two")
	one.write("a", "together")
	two.gets("a", "together")
	two.cut()
	one.write("b", "meanwhile")
	two.write("c", "offline")
	require.Eventually(t, func() bool {
		for _, d := range one.state().Devices {
			if !d.Connected {
				return d.Waiting >= 1 // more, where it left before it could say what it took
			}
		}
		return false
	}, patience, time.Millisecond, "what is written waits for the one that is away")
	two.connect()
	two.gets("b", "meanwhile")
	one.gets("c", "offline")
}

func TestABrowserWhoseSyncIsOffIsLeftAloneUntilItIsOn(t *testing.T) {
	w := newWorld(t)
	one := w.browser("one")
	two := &browser{w: w, name: "two", store: memstore.New(store.Schema()), clock: record.NewClock("two", time.Now)}
	two.closed.Store(true)
	two.connect()
	one.write("a", "shared")
	require.Eventually(t, func() bool { return len(one.state().Devices) == 1 }, patience, time.Millisecond)
	head, err := two.store.Apply(t.Context())
	require.NoError(t, err)
	require.Zero(t, head.Seq, "nothing was written where sync is off")
	two.closed.Store(false)
	require.NoError(t, two.views.Notify(t.Context(), lent.EventChanged, nil))
	two.gets("a", "shared")
}

func TestADeviceIsNamedRemovedAndAllowedAgain(t *testing.T) {
	w := newWorld(t)
	one, two := w.browser("one"), w.browser("two")
	one.write("a", "1")
	two.gets("a", "1")
	id := two.state().Device
	require.NotEmpty(t, id)
	require.NoError(t, one.ask(assistant.MethodSyncRename, assistant.SyncRename{ID: id, Name: " The  laptop "}, nil))
	require.NoError(t, one.ask(assistant.MethodSyncRemove, assistant.ByID{ID: id}, nil))
	one.write("a", "2")
	require.Eventually(t, func() bool {
		for _, d := range one.state().Devices {
			if d.ID == id {
				return d.Name == "The laptop" && d.Removed && d.Waiting == 1
			}
		}
		return false
	}, patience, time.Millisecond)
	require.False(t, two.has("a", "2"))
	require.NoError(t, one.ask(assistant.MethodSyncAllow, assistant.ByID{ID: id}, nil))
	two.gets("a", "2")

	for name, err := range map[string]error{
		"no such device": one.ask(assistant.MethodSyncRemove, assistant.ByID{ID: "nobody"}, nil),
		"no id":          one.ask(assistant.MethodSyncRename, assistant.SyncRename{ID: "", Name: "x"}, nil),
	} {
		assert.Equal(t, fault.NotFound, fault.CodeOf(err), name)
	}
	assert.Equal(t, "name", fault.Public(one.ask(assistant.MethodSyncRename, assistant.SyncRename{ID: id}, nil)).Field)
}

func TestATextThatLostIsListedAndComesBack(t *testing.T) {
	w := newWorld(t)
	one, two := w.browser("one"), w.browser("two")
	one.write("a", "begin")
	two.gets("a", "begin")
	one.cut()
	two.cut()
	one.write("a", "mine")
	two.write("a", "theirs, later")
	one.connect()
	two.connect()
	one.gets("a", "theirs, later")
	require.Eventually(t, func() bool { return len(one.state().Lost) == 1 }, patience, time.Millisecond)
	lost := one.state().Lost[0]
	assert.Equal(t, assistant.LostText{ID: lost.ID, Kind: "message", Conversation: "c", Text: "mine", Written: lost.Written}, lost)
	require.NoError(t, one.ask(assistant.MethodSyncRestore, assistant.ByID{ID: lost.ID}, nil))
	two.gets("a", "mine")
	one.gets("a", "mine")
	assert.Empty(t, two.state().Lost)
}

func TestOldDeletionsAreForgottenWhenEveryDeviceKnowsThem(t *testing.T) {
	w := newWorld(t)
	old := record.NewClock("past", func() time.Time { return time.Now().Add(-100 * 24 * time.Hour) })
	gone := record.Record{Kind: record.KindMessage, ID: "gone", Version: old.Next(), Deleted: true}
	_, err := w.own.Apply(t.Context(), store.Put(gone))
	require.NoError(t, err)
	one := w.browser("one")
	one.write("a", "later") // the newest change of all is never forgotten
	require.Eventually(t, func() bool {
		require.NoError(t, one.ask(assistant.MethodSyncNow, assistant.Empty{}, nil)) // by which it tells what it knows
		_, err := w.hub.Sweep(t.Context())
		require.NoError(t, err)
		found, err := w.own.Get(t.Context(), gone.Key())
		return err == nil && found[0].Version == ""
	}, patience, time.Millisecond)
}

func TestRemovingADeviceEndsTheExchangeThatGoesOn(t *testing.T) {
	w := newWorld(t)
	one := w.browser("one")
	one.write("a", "1")
	begun, ended := make(chan string, 1), make(chan struct{})
	two := &browser{w: w, name: "two", store: memstore.New(store.Schema()), clock: record.NewClock("two", time.Now)}
	two.before = func(ctx context.Context, r *protocol.Request) {
		if strings.Contains(string(r.Body), `"text":"1"`) {
			begun <- two.state().Device
			<-ctx.Done()
			close(ended)
		}
	}
	two.connect()
	require.NoError(t, one.ask(assistant.MethodSyncRemove, assistant.ByID{ID: <-begun}, nil))
	select {
	case <-ended:
	case <-time.After(patience):
		require.Fail(t, "the exchange goes on")
	}
}

// What is of no use to a browser is not read anew with every change.
func TestAChangeCostsNoMoreAfterManyOthers(t *testing.T) {
	w := newWorld(t)
	one, two := w.browser("one"), w.browser("two")
	const changes = 40
	cost := func(from int) int64 {
		before := one.calls.Load() + two.calls.Load()
		for i := range changes {
			text := fmt.Sprint("change ", from+i)
			one.write("a", text)
			two.gets("a", text)
		}
		return one.calls.Load() + two.calls.Load() - before
	}
	first := cost(0)
	cost(changes)
	require.Less(t, float64(cost(2*changes)), 1.5*float64(first))
}

// Places in kai's feed, which is read fast, are seldom written down in the browser that wrote something.
func TestABrowserThatWritesIsSeldomWrittenTo(t *testing.T) {
	w := newWorld(t)
	var written atomic.Int64
	one := &browser{w: w, name: "one", store: memstore.New(store.Schema()), clock: record.NewClock("one", time.Now)}
	one.before = func(_ context.Context, r *protocol.Request) {
		if r.Method == "store.apply" {
			written.Add(1)
		}
	}
	one.connect()
	two := w.browser("two")
	one.write("a", "first")
	two.gets("a", "first")
	before := written.Load()
	const changes = 40
	for i := range changes {
		text := fmt.Sprint("change ", i)
		one.write("a", text)
		two.gets("a", text)
	}
	assert.Less(t, written.Load()-before, int64(changes/2))
}

// A browser that could not say that it has something new is asked all the same when a person wants everything exchanged.
func TestExchangingNowAsksEveryBrowserForEverything(t *testing.T) {
	w := newWorld(t)
	one := w.browser("one")
	one.write("a", "said")
	require.Eventually(t, func() bool {
		known := one.state().Devices
		return len(known) == 1 && known[0].Last != ""
	}, patience, time.Millisecond)
	unsaid := record.Record{Kind: record.KindMessage, ID: "b", Version: one.clock.Next(), Body: json.RawMessage(`{"conversation":"c","role":"user","text":"unsaid"}`)}
	_, err := one.store.Apply(t.Context(), store.Put(unsaid))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		require.NoError(t, one.ask(assistant.MethodSyncNow, assistant.Empty{}, nil))
		found, err := w.own.Get(t.Context(), unsaid.Key())
		return err == nil && found[0].Version == unsaid.Version
	}, patience, time.Millisecond)
}

// A browser that wrote nothing is told what is new without being asked what it has.
func TestABrowserThatWroteNothingIsNotAskedForItsFeed(t *testing.T) {
	w := newWorld(t)
	var asked atomic.Int64
	two := &browser{w: w, name: "two", store: memstore.New(store.Schema()), clock: record.NewClock("two", time.Now)}
	two.before = func(_ context.Context, r *protocol.Request) {
		if r.Method == "store.changes" {
			asked.Add(1)
		}
	}
	two.connect()
	one := w.browser("one")
	one.write("a", "first")
	two.gets("a", "first")
	before := asked.Load()
	for _, text := range []string{"second", "third", "fourth"} {
		one.write("a", text)
		two.gets("a", text)
	}
	assert.Equal(t, before, asked.Load())
	two.write("b", "of its own")
	one.gets("b", "of its own")
	assert.Greater(t, asked.Load(), before)
}
