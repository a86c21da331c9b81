package exchange_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
)

// TestAKaiThatWasRemovedComesBackUnderNoOtherReplica holds that its identity is what was removed.
func TestAKaiThatWasRemovedComesBackUnderNoOtherReplica(t *testing.T) {
	w := newWorld(t)
	cut := 0
	side := w.hub.Answer(exchange.Kai{ID: "an identity", Name: "Laptop"}, func() { cut++ })
	me, err := side.Hello(t.Context())
	require.NoError(t, err)
	meet := func(name string) error {
		_, err := side.Open(t.Context(), replica.Open{Replica: name, To: me.Replica})
		return err
	}
	require.NoError(t, meet("one"))
	asks := w.browser("browser")
	require.NoError(t, asks.ask(assistant.MethodSyncRemove, assistant.ByID{ID: "one"}, nil))
	assert.Equal(t, 1, cut, "its connection ends")
	for _, name := range []string{"one", "two"} {
		assert.Equal(t, fault.Forbidden, fault.CodeOf(meet(name)), name)
	}
	other := w.hub.Answer(exchange.Kai{ID: "another identity", Name: "Desk"}, func() {})
	_, err = other.Open(t.Context(), replica.Open{Replica: "three", To: me.Replica})
	require.NoError(t, err)
	require.NoError(t, asks.ask(assistant.MethodSyncAllow, assistant.ByID{ID: "one"}, nil))
	require.NoError(t, meet("two"))
}

// bell is the connection of a kai that dialed.
type bell chan string

func (b bell) Notify(_ context.Context, method string, _ any) error {
	b <- method
	return nil
}

func TestAKaiThatDialedIsToldOfWhatIsNew(t *testing.T) {
	w := newWorld(t)
	side := w.hub.Answer(exchange.Kai{ID: "an identity", Name: "Laptop"}, func() {})
	w.hub.Changed() // before the connection is served, and not missed
	ctx, cut := context.WithCancel(t.Context())
	rings, done := make(bell), make(chan struct{})
	go func() { defer close(done); side.Serve(ctx, rings) }()
	assert.Equal(t, lent.EventChanged, <-rings)
	w.hub.Changed()
	assert.Equal(t, lent.EventChanged, <-rings)
	cut()
	<-done
}

// Two other kai may exchange with each other as well: a deletion that is forgotten here would come back by way of the one
// that was never told.
func TestDeletionsAreNotForgottenBetweenSeveralKai(t *testing.T) {
	w := newWorld(t)
	old := record.NewClock("past", func() time.Time { return time.Now().Add(-100 * 24 * time.Hour) })
	gone := record.Record{Kind: record.KindMessage, ID: "gone", Version: old.Next(), Deleted: true}
	later := record.Record{Kind: record.KindMessage, ID: "later", Version: old.Next(), Body: json.RawMessage(`{}`)} // the newest change is never forgotten
	_, err := w.own.Apply(t.Context(), store.Put(gone), store.Put(later))
	require.NoError(t, err)
	sweep := func(names ...string) int {
		for _, name := range names {
			side := w.hub.Answer(exchange.Kai{ID: name, Name: name}, func() {})
			me, err := side.Hello(t.Context())
			require.NoError(t, err)
			head, err := w.own.Apply(t.Context())
			require.NoError(t, err)
			_, err = side.Open(t.Context(), replica.Open{Replica: name, To: me.Replica, Taken: replica.Position{Era: "kai", Seq: head.Seq}})
			require.NoError(t, err)
		}
		swept, err := w.hub.Sweep(t.Context())
		require.NoError(t, err)
		return swept
	}
	assert.Zero(t, sweep("one", "two"))
	asks := w.browser("browser")
	require.NoError(t, asks.ask(assistant.MethodSyncRemove, assistant.ByID{ID: "two"}, nil))
	require.Eventually(t, func() bool {
		require.NoError(t, asks.ask(assistant.MethodSyncNow, assistant.Empty{}, nil)) // by which the browser tells what it knows
		return sweep("one") == 1
	}, patience, time.Millisecond)
}
