// Package replica keeps two record stores in agreement: each takes what the other wrote since their last exchange.
//
// How far a store has read another's change feed is a record in the same batch as what was read, so the two cannot
// disagree: an exchange that is cut, repeated, delayed or overtaken goes on from where it really stands. The newer version
// of a record wins; a person's own text that loses unseen is kept as a Copy. One side dials (Sync), the other answers (Server);
// what they need of each other is Exchange; Methods and Remote carry it over a connection of shared/protocol. Imports
// shared/{store,record,protocol,digest,fault}; never a transport.
package replica

import (
	"context"
	"sync"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
)

// Bounds of an exchange. They bound its memory too: one page here, one on its way, one there.
const (
	PageRecords = 1000    // in a page, where Options do not say otherwise
	PageBytes   = 1 << 20 // of bodies in a page; a single record may be larger
	streamPages = 16      // pages that one pull may bring before what came is pushed past
)

// TombstoneLife is how long the memory of a deletion is kept for devices that do not come. One that was away longer may
// have missed deletions: before it may exchange anything it gives up what the other side has not any more.
const TombstoneLife = 90 * 24 * time.Hour

// Options are what a replica stands on. Clock's id must be new in each life of the process: two copies of one store may
// write at the same moment, and their versions must differ.
type Options struct {
	Store     store.Store
	Clock     *record.Clock
	Now       func() time.Time
	NewID     func() string // unique ids for replicas and sessions, such as record.NewID
	Selection Selection
	Page      int // records in a page, at most PageRecords; 0 means that

	// Quiet is how many changes without use for a partner are passed over before the place behind them is written down; 0
	// means four pages. Each exchange reads them anew: where reading is dear, as in a borrowed store, few are better.
	Quiet int

	// Passed is the same for a partner's changes without use here: each is a write in this store. 0 means as many as Quiet.
	Passed int
}

// Replica is one store's side of all its exchanges. Its methods are safe for concurrent use.
type Replica struct {
	opt    Options
	choice choice

	mu       sync.Mutex // guards all below
	me       *life.Self // as read last; nil before
	links    map[string]*link
	sessions map[string]*link // those that are answered, by name
}

// New prepares a replica; Start begins its life.
func New(opt Options) *Replica {
	if opt.Page <= 0 || opt.Page > PageRecords {
		opt.Page = PageRecords
	}
	return &Replica{opt: opt, choice: opt.Selection.compile(), links: map[string]*link{}, sessions: map[string]*link{}}
}

// Start begins this life of the store. It comes before the life's first write: what is written before it would pass for the
// life before, which a copy of the store may have gone on with.
func (r *Replica) Start(ctx context.Context) error {
	_, err := r.self(ctx)
	return err
}

// ID names this replica.
func (r *Replica) ID(ctx context.Context) (string, error) {
	me, err := r.self(ctx)
	return me.ID, err
}

// Waiting counts the changes here that a partner which dials has not taken yet, as far as it has told, up to most.
func (r *Replica) Waiting(ctx context.Context, partner string, most int) (int, error) {
	me, err := r.self(ctx)
	if err != nil {
		return 0, err
	}
	l := r.link(answered, me.ID, partner)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.know(ctx, r.opt.Store); err != nil {
		return 0, err
	}
	l.eras = me.Eras
	count, p := 0, Page{To: max(l.read, l.stored.Read), More: true}
	for p.More && count < most {
		if p, err = r.page(ctx, l, p.To); err != nil {
			return 0, err
		}
		count += len(p.Records)
	}
	return min(count, most), nil
}

func (r *Replica) quiet() uint64 {
	if r.opt.Quiet > 0 {
		return uint64(r.opt.Quiet)
	}
	return 4 * uint64(r.opt.Page) //nolint:gosec // positive
}

func (r *Replica) passed() uint64 {
	if r.opt.Passed > 0 {
		return uint64(r.opt.Passed)
	}
	return r.quiet()
}

// stamp gives a version after one that is stored now.
func (r *Replica) stamp(after record.Version) (record.Version, error) {
	if err := r.opt.Clock.Observe(after); err != nil {
		return "", err
	}
	return r.opt.Clock.Next(), nil
}
