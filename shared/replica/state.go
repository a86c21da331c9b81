package replica

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
)

// link is one partner in one direction: what is known of it in this life, over what is stored.
type link struct {
	mu      sync.Mutex // held by whoever exchanges
	key     record.Key
	known   bool           // whether the two below were read and nothing failed since
	version record.Version // of the stored state
	stored  state
	session string // "" when none is open

	taken Position  // how far we have taken its feed: may be ahead of what is stored while nothing in between was of use
	read  uint64    // how far it has taken ours, as last told
	came  spans     // the parts of our feed that came from it
	eras  life.Eras // of our feed
}

// state is the body of a partner's record. Its id holds both ids, so a replica that takes a new id knows nobody.
type state struct {
	Digest string   `json:"digest,omitempty"` // of both selections: where one changes, both read from the start
	Taken  Position `json:"taken"`            // how far its feed is in this store
	Read   uint64   `json:"read,omitempty"`   // how far it has taken ours, at least
	Floor  uint64   `json:"floor,omitempty"`  // its floor when we began to read from the start
	Seen   int64    `json:"seen,omitempty"`   // when it last opened a session, in ms since 1970
	Came   spans    `json:"came,omitempty"`   // the parts of our feed that came from it, but for the newest
}

// The directions of a link: a partner that we dial, and one that dials us.
const (
	dialed   = "to/"
	answered = "from/"
)

// self says who this replica is; the first time it becomes somebody, and in each life it begins an era. It is read once in
// a life: in a borrowed store each reading is a way there and back.
func (r *Replica) self(ctx context.Context) (life.Self, error) {
	r.mu.Lock()
	me := r.me
	r.mu.Unlock()
	if me != nil {
		return *me, nil
	}
	return r.selfAnew(ctx)
}

// selfAnew reads who this replica is.
func (r *Replica) selfAnew(ctx context.Context) (life.Self, error) {
	return r.remembered(life.Live(ctx, r.opt.Store, r.life(), r.opt.NewID))
}

func (r *Replica) remembered(me life.Self, err error) (life.Self, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.me = nil; err == nil {
		r.me = &me
	}
	return me, err
}

// wasAt says whether this store was at a place of its feed, which ends at head now. Before it denies it, it reads anew what
// lives the store has had: another process may have begun one.
func (r *Replica) wasAt(ctx context.Context, p Position, head uint64) (bool, error) {
	me, err := r.self(ctx)
	if err == nil && !me.Eras.Has(p, head) {
		me, err = r.selfAnew(ctx)
	}
	return err == nil && me.Eras.Has(p, head), err
}

// life is the name of this life of the store: its clock's.
func (r *Replica) life() string { return r.opt.Clock.Replica() }

// rename takes a new id: the old one belongs to another copy of this store. Everything is then compared from the start.
func (r *Replica) rename(ctx context.Context, old string) error {
	_, err := r.editSelf(ctx, func(s *life.Self) {
		if s.ID == old {
			s.ID = r.opt.NewID()
		}
	})
	return err
}

func (r *Replica) editSelf(ctx context.Context, edit func(*life.Self)) (life.Self, error) {
	return r.remembered(life.Edit(ctx, r.opt.Store, r.life(), r.opt.NewID, edit))
}

// stateWrite is the write of a state over the version that is known.
func (r *Replica) stateWrite(id string, body []byte, held record.Version) store.Write {
	return life.Write(id, body, held, r.life())
}

// link finds or makes what is known of a partner.
func (r *Replica) link(direction, me, partner string) *link {
	key := record.Key{Kind: record.KindReplica, ID: direction + me + "/" + partner}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.links[key.ID]
	if l == nil {
		l = &link{key: key}
		r.links[key.ID] = l
	}
	return l
}

// begin makes name the one open session of a partner that dials. The caller holds l.mu.
func (r *Replica) begin(l *link, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, l.session)
	l.session = name
	r.sessions[name] = l
}

// seenEvery is how old the note may get of when a partner was here: noting it is a write of each exchange otherwise.
const seenEvery = time.Hour

// meet notes what both sides told of themselves. Each has shown that it was at the other's place, so what came from it is
// there still; where reading starts anew nothing is shown. digest is of both selections, read is how far the partner has
// taken our feed.
func (r *Replica) meet(ctx context.Context, l *link, me life.Self, digest string, read uint64) error {
	next, now := l.stored, r.opt.Now()
	if next.Digest != digest {
		next.Digest, next.Taken = digest, Position{}
	}
	first := next.Read == 0 && read > 0 // until then a deletion is kept for who was never told of any
	old := now.Sub(time.UnixMilli(next.Seen)).Abs() >= seenEvery
	if first || old || next.Digest != l.stored.Digest || !l.remembersCame() {
		next.Seen, next.Read = now.UnixMilli(), read
		if err := r.save(ctx, l, next); err != nil {
			return err
		}
	}
	if next.Taken.Seq == 0 {
		l.came = nil
	}
	l.eras, l.taken, l.read = me.Eras, next.Taken, read
	return nil
}

// know reads the stored state, the first time and after anything failed: each write has the condition that nobody else
// wrote it meanwhile. The caller holds l.mu.
func (l *link) know(ctx context.Context, s store.Store) error {
	if l.known {
		return nil
	}
	err := l.load(ctx, s)
	l.known = err == nil
	return err
}

func (l *link) load(ctx context.Context, s store.Store) error {
	found, err := s.Get(ctx, l.key)
	if err != nil {
		return err
	}
	l.version, l.stored = found[0].Version, state{}
	if l.version == "" {
		return nil
	}
	if err := json.Unmarshal(found[0].Body, &l.stored); err != nil {
		return life.Unreadable(err)
	}
	if l.came == nil {
		l.came = l.stored.Came
	}
	return nil
}

// save writes a state alone.
func (r *Replica) save(ctx context.Context, l *link, next state) error {
	write, err := r.linkWrite(l, &next)
	if err != nil {
		return err
	}
	if _, err := r.opt.Store.Apply(ctx, write); err != nil {
		return overtaken(err)
	}
	l.stored, l.version = next, write.Record.Version
	return nil
}

// remembersCame says whether what came from the partner is written down: without it a later life would take it for our own.
func (l *link) remembersCame() bool { return slices.Equal(l.came.newest(maxStored), l.stored.Came) }

// linkWrite is the write that makes next the state of l, if nobody else changed it meanwhile.
func (r *Replica) linkWrite(l *link, next *state) (store.Write, error) {
	next.Came = slices.Clone(l.came.newest(maxStored))
	body, err := json.Marshal(*next)
	if err != nil {
		return store.Write{}, fault.Wrap(fault.Internal, err, "the state of an exchange cannot be written as JSON")
	}
	return r.stateWrite(l.key.ID, body, l.version), nil
}

// overtaken says what a conflict of a state means.
func overtaken(err error) error {
	if fault.CodeOf(err) == fault.Conflict {
		return fault.Wrap(fault.Conflict, err, "another exchange with the same device went on meanwhile").
			WithRemedy("nothing is lost: the next exchange goes on from there")
	}
	return err
}
