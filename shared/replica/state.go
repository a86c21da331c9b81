package replica

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
)

// link is one partner in one direction: what is known of it in this life, over what is stored.
type link struct {
	mu      sync.Mutex // held by whoever exchanges
	key     record.Key
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

// self reads who this replica is; the first time it becomes somebody, and in each life it begins an era.
func (r *Replica) self(ctx context.Context) (life.Self, error) {
	return life.Live(ctx, r.opt.Store, r.life(), r.opt.NewID)
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
	return life.Edit(ctx, r.opt.Store, r.life(), r.opt.NewID, edit)
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

// meet notes what both sides told of themselves. Each has shown that it was at the other's place, so what came from it is
// there still; where reading starts anew nothing is shown.
func (l *link) meet(me life.Self, taken Position, read uint64) {
	if taken.Seq == 0 {
		l.came = nil
	}
	l.eras, l.taken, l.read = me.Eras, taken, read
}

// load reads the stored state anew. The caller holds l.mu.
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
