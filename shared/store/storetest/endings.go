package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// ending is a context that ends when it is looked at for the n-th time: in the midst of a call, without a clock.
type ending struct {
	context.Context //nolint:containedctx // it is one
	left            atomic.Int64
	once            sync.Once
	done            chan struct{}
}

func endsAt(look int) *ending {
	e := &ending{Context: context.Background(), done: make(chan struct{})}
	e.left.Store(int64(look))
	return e
}

func (e *ending) look() bool {
	if e.left.Add(-1) >= 0 {
		return false
	}
	e.once.Do(func() { close(e.done) })
	return true
}

// Done counts as a look; the channel closes at the last one.
func (e *ending) Done() <-chan struct{} { e.look(); return e.done }

// Err counts as a look.
func (e *ending) Err() error {
	if e.look() {
		return context.Canceled
	}
	return nil
}

func (e *ending) ended() bool { return e.left.Load() < 0 }

// mostLooks bounds how many points of a call are tried.
const mostLooks = 400

// endsInTheMidst ends the context at each point of a write in turn: the batch is all there or not at all, and an answer
// without an error is true.
func (s suite) endsInTheMidst(t *testing.T) {
	st := s.open(t)
	for look := range mostLooks {
		ctx := endsAt(look)
		batch := make([]record.Record, 4)
		for i := range batch {
			batch[i] = message(fmt.Sprintf("m%04d-%d", look, i), look+1, "c", "x")
		}
		res, err := st.Apply(ctx, puts(batch)...)
		there := stored(t, st, batch)
		what := fmt.Sprintf("records of a batch of 4 that ended at look %d with %v", look, err)
		if err == nil {
			want(t, what, there, len(batch))
			want(t, "flags", len(res.Won), len(batch))
		} else {
			wantCode(t, err, fault.Canceled)
			want(t, what, there%len(batch), 0)
		}
		if !ctx.ended() {
			return
		}
	}
}

// stored counts the records that are there, all looked up at one moment: an ended batch may still land as a whole.
func stored(t *testing.T, st store.Store, batch []record.Record) (n int) {
	t.Helper()
	keys := make([]record.Key, len(batch))
	for i, r := range batch {
		keys[i] = r.Key()
	}
	found, err := st.Get(context.Background(), keys...)
	must(t, err)
	for _, r := range found {
		if r.Version != "" {
			n++
		}
	}
	return n
}

// readingEndsInTheMidst ends the context at each point of a read in turn: the answer is whole or the fault.
func (s suite) readingEndsInTheMidst(t *testing.T) {
	st := s.open(t)
	for i := range 30 {
		put(t, st, message(fmt.Sprintf("m%02d", i), i+1, "c", "apple"))
	}
	for name, read := range map[string]func(context.Context) (int, error){
		"get": func(ctx context.Context) (int, error) {
			out, err := st.Get(ctx, key("m01"), key("m02"), key("m03"))
			return len(out), err
		},
		"list": func(ctx context.Context) (int, error) {
			page, err := st.List(ctx, store.Query{Kind: record.KindMessage})
			return len(page.Records), err
		},
		"changes": func(ctx context.Context) (int, error) {
			feed, err := st.Changes(ctx, 0, 0)
			return len(feed.Records), err
		},
		"search": func(ctx context.Context) (int, error) {
			hits, err := store.Search(ctx, st, store.TextQuery{Kind: record.KindMessage, Words: "apple"})
			return len(hits), err
		},
	} {
		whole, err := read(context.Background())
		must(t, err)
		for look := range mostLooks {
			ctx := endsAt(look)
			n, err := read(ctx)
			if err == nil {
				want(t, fmt.Sprintf("%s that ended at look %d", name, look), n, whole)
			} else {
				wantCode(t, err, fault.Canceled)
			}
			if !ctx.ended() {
				break
			}
		}
	}
}
