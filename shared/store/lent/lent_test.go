package lent_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/shared/store/storetest"
)

// borrowed lends a store over a connection in memory, with the frames that a browser takes.
func borrowed(tb testing.TB, owned store.Store) store.Store {
	tb.Helper()
	here, there := protocol.Pipe()
	owner := protocol.NewPeer(there, protocol.Options{Hello: protocol.Hello{App: "owner"}, Handler: lent.Methods(owned), MaxFrame: 64 << 10})
	borrower := protocol.NewPeer(here, protocol.Options{Hello: protocol.Hello{App: "borrower"}, MaxFrame: 64 << 10})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	for _, peer := range []*protocol.Peer{owner, borrower} {
		go func() { _ = peer.Run(ctx); done <- struct{}{} }()
	}
	tb.Cleanup(func() {
		cancel()
		<-done
		<-done
		_ = owned.Close() // nothing is kept
	})
	return lent.Borrow(borrower)
}

func TestContract(t *testing.T) {
	const notLent = "only records are lent"
	storetest.Run(t, storetest.Options{
		Name: "borrowed",
		Open: func(tb testing.TB) store.Store { return borrowed(tb, memstore.New(store.Schema())) },
		Gaps: map[storetest.Power]string{
			storetest.Upgrades: "it keeps nothing", storetest.TextSearch: notLent, storetest.BulkLoad: notLent,
			storetest.Measure: notLent, storetest.Sweep: notLent, storetest.Blobs: notLent,
		},
	})
}

// What does not fit a message is read in parts: four records of 16 MB are over it.
func TestRecordsLargerThanAMessageAreReadInParts(t *testing.T) {
	owned := memstore.New(store.Schema())
	s := borrowed(t, owned)
	clock := record.NewClock("a", time.Now)
	body := []byte(`{"conversation":"c","text":"` + strings.Repeat("x", 15<<20) + `"}`)
	var keys []record.Key
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		r := record.Record{Kind: record.KindMessage, ID: id, Version: clock.Next(), Body: body}
		_, err := s.Apply(t.Context(), store.Put(r))
		require.NoError(t, err)
		keys = append(keys, r.Key())
	}
	got, err := s.Get(t.Context(), keys...)
	require.NoError(t, err)
	assert.Len(t, got, 5)
	feed, err := s.Changes(t.Context(), 0, 5)
	require.NoError(t, err)
	assert.NotEmpty(t, feed.Records)
	assert.True(t, feed.More)
	page, err := s.List(t.Context(), store.Query{Kind: record.KindMessage, Limit: 5})
	require.NoError(t, err)
	assert.NotEmpty(t, page.Next)
}

func TestAnOwnerThatAnswersForOtherKeysIsNotBelieved(t *testing.T) {
	s := lent.Borrow(liar{})
	_, err := s.Get(t.Context(), record.Key{Kind: record.KindMessage, ID: "a"})
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
	_, err = s.Apply(t.Context(), store.Put(record.Record{Kind: record.KindMessage, ID: "a", Version: "000000000001-0000-a", Body: []byte("{}")}))
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
}

// liar answers nothing to everything.
type liar struct{}

func (liar) Call(context.Context, string, any, any) error { return nil }
