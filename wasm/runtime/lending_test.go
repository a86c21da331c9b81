package runtime_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
	"github.com/kindos/kai/wasm/runtime"
)

// borrower is a kai that borrows whatever connects to it.
type borrower struct {
	peer  *protocol.Peer
	rings int
}

func (b *borrower) dial(context.Context) (protocol.Conn, error) {
	near, far := protocol.Pipe()
	b.peer = protocol.NewPeer(far, protocol.Options{
		Hello: protocol.Hello{App: "kai", Version: "9.9.9"},
		Handler: protocol.Mux{assistant.MethodSyncState: func(context.Context, *protocol.Request) (any, error) {
			return assistant.SyncState{Device: "this one"}, nil
		}},
		Event: func(_ context.Context, method string, _ json.RawMessage) {
			if method == lent.EventChanged {
				b.rings++
			}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-b.peer.Done(); cancel() }()
	go func() { _ = b.peer.Run(ctx) }()
	return closing{near, cancel}, nil
}

// lend runs test with a runtime whose store a kai borrows, and a conversation in it.
func lend(t *testing.T, on bool, test func(w *world, b *borrower, s store.Store)) {
	t.Helper()
	b := &borrower{}
	start(t, func(d *runtime.Deps) { d.Dial = b.dial }, func(w *world) {
		synctest.Wait()
		ask[assistant.ServiceView](w, assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", Name: "here", URL: "http://localhost:11434"})
		ask[assistant.Settings](w, assistant.MethodSettingsSet, map[string]any{"sync": on, "theme": "dark"})
		test(w, b, lent.Borrow(b.peer))
	})
}

func conversation(id string, version record.Version) record.Record {
	return record.Record{Kind: record.KindConversation, ID: id, Version: version, Body: []byte(`{"id":"` + id + `","title":"from elsewhere","updated":"2026-01-01T00:00:00.000Z"}`)}
}

func TestNothingIsLentWhileSyncIsOff(t *testing.T) {
	lend(t, false, func(w *world, b *borrower, s store.Store) {
		_, got := s.Get(w.t.Context(), record.Key{Kind: record.KindMessage, ID: "m"})
		_, applied := s.Apply(w.t.Context(), store.Put(conversation("c", "000000000001-0000-kai")))
		_, listed := s.List(w.t.Context(), store.Query{Kind: record.KindMessage})
		_, changed := s.Changes(w.t.Context(), 0, 10)
		for name, err := range map[string]error{"get": got, "apply": applied, "list": listed, "changes": changed} {
			require.Equal(w.t, fault.Forbidden, fault.CodeOf(err), "%s: %v", name, err)
		}
		require.Zero(w.t, b.rings, "kai is told of nothing")
	})
}

func TestOnlyHistoryIsLent(t *testing.T) {
	lend(t, true, func(w *world, _ *borrower, s store.Store) {
		for _, kind := range []record.Kind{record.KindService, record.KindSetting, record.KindRun} {
			_, got := s.Get(w.t.Context(), record.Key{Kind: record.KindMessage, ID: "m"}, record.Key{Kind: kind, ID: "x"})
			_, applied := s.Apply(w.t.Context(), store.Put(record.Record{Kind: kind, ID: "x", Version: "000000000001-0000-kai", Body: []byte(`{}`)}))
			_, listed := s.List(w.t.Context(), store.Query{Kind: kind})
			for name, err := range map[string]error{"get": got, "apply": applied, "list": listed} {
				require.Equal(w.t, fault.Forbidden, fault.CodeOf(err), "%s %s: %v", name, kind, err)
			}
		}
		_, err := s.Apply(w.t.Context(), store.Put(conversation("c", "000000000001-0000-kai")))
		require.NoError(w.t, err)
		feed, err := s.Changes(w.t.Context(), 0, 100)
		require.NoError(w.t, err)
		require.Len(w.t, feed.Records, 1, "a service and the settings were written before")
		require.Equal(w.t, "c", feed.Records[0].ID)
	})
}

func TestWhatKaiWritesIsShownAndWhatIsWrittenHereRings(t *testing.T) {
	lend(t, true, func(w *world, b *borrower, s store.Store) {
		_, err := s.Apply(w.t.Context(), store.Put(conversation("c", "000000000001-0000-kai")))
		require.NoError(w.t, err)
		require.Equal(w.t, "from elsewhere", ask[assistant.Snapshot](w, assistant.MethodSnapshot, assistant.Empty{}).Conversations[0].Title)
		synctest.Wait()
		before := b.rings
		ask[assistant.Conversation](w, assistant.MethodConversationRename, assistant.Rename{ID: "c", Title: "mine"})
		synctest.Wait()
		require.Greater(w.t, b.rings, before)
	})
}

func TestTheViewsSyncMethodsAreAskedOfKai(t *testing.T) {
	lend(t, true, func(w *world, b *borrower, _ store.Store) {
		var state assistant.SyncState
		require.NoError(w.t, json.Unmarshal(ask[json.RawMessage](w, assistant.MethodSyncState, assistant.Empty{}), &state))
		require.Equal(w.t, "this one", state.Device)
		b.peer.Close()
		synctest.Wait()
		_, err := w.Serve(w.t.Context(), protocol.NewRequest(assistant.MethodSyncState, nil, nil))
		require.Equal(w.t, fault.Unavailable, fault.CodeOf(err))
		require.NotEmpty(w.t, fault.Public(err).Remedy)
	})
}

func TestAStoreThatHasExchangedBeginsALifeBeforeItsFirstWrite(t *testing.T) {
	start(t, func(d *runtime.Deps) {
		_, err := life.Live(context.Background(), d.Store, "earlier", func() string { return "me" })
		require.NoError(t, err)
	}, func(w *world) {
		me, err := life.Live(w.t.Context(), w.store, "0000000000aa", nil)
		require.NoError(w.t, err)
		require.Len(w.t, me.Eras, 2)
		require.Equal(w.t, "0000000000aa", me.Eras[1].ID)
	})
	start(t, nil, func(w *world) {
		found, err := w.store.Get(w.t.Context(), record.Key{Kind: record.KindReplica, ID: "self"})
		require.NoError(w.t, err)
		require.Empty(w.t, found[0].Version, "a store that never exchanged is nobody")
	})
}
