// Package exchange brings the browsers around a kai, and other kai, to agreement with it, and so with one another.
//
// Each browser lends its history (shared/store/lent); kai drives both sides of the exchange, so that a browser needs no more
// than its store. Another kai answers, or drives the exchange where it dialed. The hub knows the devices, wakes when
// something was written anywhere, and answers the views' sync methods.
// Imports companion/pictures and shared/{replica,store,record,assistant,protocol,fault}; never a transport.
package exchange

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindos/kai/companion/pictures"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
)

// Options are what a Hub stands on.
type Options struct {
	Store   store.Store // kai's own, as exchanges write to it (assistant.Replicated)
	Devices store.Store // keeps KindDevice; may be the same
	Clock   *record.Clock
	Now     func() time.Time
	NewID   func() string
	Log     *slog.Logger

	Pictures pictures.Blobs // what goes along with records; without a store nothing does
}

// Hub exchanges with every device that is connected. Its methods are safe for concurrent use.
type Hub struct {
	opt Options
	own *replica.Replica

	asked atomic.Int64 // how often a person wanted everything exchanged

	mu      sync.Mutex          // guards all below
	changed chan struct{}       // closed and replaced when something was written
	here    map[string]*partner // connected devices, by id
}

// New prepares a hub. The life of kai's store has begun (life.Live).
func New(opt Options) *Hub {
	h := &Hub{opt: opt, changed: make(chan struct{}), here: map[string]*partner{}}
	h.own = h.replicaOf(opt.Store, opt.Clock, quiet)
	return h
}

const (
	// quiet is small, because each read of a browser's store is a way there and back. Measured: with four pages a change took
	// longer to arrive with every change before it, 2 s after 200.
	quiet = 4

	// passed is larger: kai's own feed is read fast, and a place in it is written in the browser's store. Measured: with four,
	// the browser that wrote something wrote two places down for each change, while it was on its way to the others.
	passed = 64
)

func (h *Hub) replicaOf(s store.Store, clock *record.Clock, passed int) *replica.Replica {
	return replica.New(replica.Options{
		Store: s, Clock: clock, Now: h.opt.Now, NewID: h.opt.NewID, Selection: replica.History(), Quiet: quiet, Passed: passed,
	})
}

// Changed tells that something was written in kai's store; every connected browser is brought up to it.
func (h *Hub) Changed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

// news gives a channel that closes when something is written next.
func (h *Hub) news() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

// sweepEvery is how often old deletions are forgotten.
const sweepEvery = 24 * time.Hour

// Tidy forgets old deletions now and once a day, until ctx ends.
func (h *Hub) Tidy(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		swept, err := h.Sweep(ctx)
		switch {
		case fault.CodeOf(err) == fault.Unsupported:
			return // they are kept for ever
		case err != nil && ctx.Err() == nil:
			h.opt.Log.Warn("old deletions were not forgotten", "error", err)
		case swept > 0:
			h.opt.Log.Info("old deletions were forgotten", "count", swept)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sweep forgets deletions older than replica.TombstoneLife that every device has told to know of, and says how many it
// looked at. With several other kai it forgets none: they may exchange among themselves, and what was deleted would come
// back from one that was never told by this one.
func (h *Hub) Sweep(ctx context.Context) (int, error) {
	known, err := h.devices(ctx)
	if err != nil {
		return 0, err
	}
	others := 0
	for _, d := range known {
		if d.Peer != "" && !d.Removed {
			others++
		}
	}
	if others > 1 {
		return 0, nil
	}
	return h.own.Sweep(ctx)
}
