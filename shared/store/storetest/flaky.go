package storetest

import (
	"context"
	"sync/atomic"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Flaky fails one call of a store: the n-th from now, of any kind but Close. Tests of what stands above a store use it
// to fail each step in turn. It hides the store's optional powers, so every call counts.
type Flaky struct {
	store.Store
	err  error
	left atomic.Int64
}

// NewFlaky wraps s so that call number n (from 1) answers err and does nothing; 0 never fails.
func NewFlaky(s store.Store, n int, err error) *Flaky {
	f := &Flaky{Store: s, err: err}
	f.left.Store(int64(n))
	return f
}

// Failed says whether the failing call has happened.
func (f *Flaky) Failed() bool { return f.left.Load() < 0 }

// Get reads records unless it is this call's turn to fail.
func (f *Flaky) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	if f.turn() {
		return nil, f.err
	}
	return f.Store.Get(ctx, keys...)
}

// Apply writes a batch unless it is this call's turn to fail.
func (f *Flaky) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if f.turn() {
		return store.Result{}, f.err
	}
	return f.Store.Apply(ctx, batch...)
}

// List pages through a kind unless it is this call's turn to fail.
func (f *Flaky) List(ctx context.Context, q store.Query) (store.Page, error) {
	if f.turn() {
		return store.Page{}, f.err
	}
	return f.Store.List(ctx, q)
}

// Changes reads the feed unless it is this call's turn to fail.
func (f *Flaky) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	if f.turn() {
		return store.Feed{}, f.err
	}
	return f.Store.Changes(ctx, since, limit)
}

// turn counts down; the call that moves from 1 fails, and the count stays below 0 from then on.
func (f *Flaky) turn() bool {
	for {
		n := f.left.Load()
		if n <= 0 {
			return false
		}
		next := n - 1
		if next == 0 {
			next = -1
		}
		if f.left.CompareAndSwap(n, next) {
			return n == 1
		}
	}
}
