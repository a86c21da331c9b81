package lent

import (
	"context"
	"sync/atomic"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// maxParts is how large a request's list of keys may get: a reply has one record for each.
const maxParts = 1000

// Caller is what a borrowed store needs of a connection; *protocol.Peer is one.
type Caller interface {
	Call(ctx context.Context, method string, in, out any) error
}

// Store is a store at the other end of a connection. What is read comes in parts where it is over what one message may
// hold. Close lets go of it and leaves the owner's store open.
type Store struct {
	peer   Caller
	kinds  store.Kinds
	closed atomic.Bool
}

var _ store.Store = (*Store)(nil)

// Borrow makes a store of whoever serves Methods at the other end.
func Borrow(peer Caller) *Store { return &Store{peer: peer, kinds: store.NewKinds(store.Schema())} }

// Get reads records; see store.Store.
func (s *Store) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	if len(keys) > store.MaxBatch {
		return s.get(ctx, keys) // which the owner refuses in its own words
	}
	out := make([]record.Record, 0, len(keys))
	for at, n := 0, maxParts; at < len(keys) || at == 0; {
		end := min(at+n, len(keys))
		part, err := s.get(ctx, keys[at:end])
		if tooLarge(err) && end-at > 1 {
			n = (end - at) / 2
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, part...)
		if at = end; at == len(keys) {
			break
		}
	}
	return out, nil
}

func (s *Store) get(ctx context.Context, keys []record.Key) ([]record.Record, error) {
	if keys == nil {
		keys = []record.Key{}
	}
	var out []record.Record
	if err := s.call(ctx, methodGet, keys, &out); err != nil {
		return nil, err
	}
	if len(out) != len(keys) {
		return nil, fault.New(fault.Malformed, "the other side answered %d records for %d keys", len(out), len(keys))
	}
	return out, nil
}

// Apply writes a batch; see store.Store.
func (s *Store) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if batch == nil {
		batch = []store.Write{}
	}
	if err := s.kinds.CheckBatch(batch); err != nil { // a body that is not JSON could not even be sent
		return store.Result{}, err
	}
	var out store.Result
	err := s.call(ctx, methodApply, batch, &out)
	if err == nil && len(out.Won) != len(batch) {
		err = fault.New(fault.Malformed, "the other side answered for %d of %d writes", len(out.Won), len(batch))
	}
	return out, err
}

// List reads a page; see store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	for {
		var out store.Page
		err := s.call(ctx, methodList, q, &out)
		if limit, less := fewer(q.Limit, err); less {
			q.Limit = limit
			continue
		}
		return out, err
	}
}

// Changes reads a piece of the feed; see store.Store.
func (s *Store) Changes(ctx context.Context, from uint64, limit int) (store.Feed, error) {
	for {
		var out store.Feed
		err := s.call(ctx, methodChanges, since{from, limit}, &out)
		if smaller, less := fewer(limit, err); less {
			limit = smaller
			continue
		}
		return out, err
	}
}

// Close lets go of the store.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}

func (s *Store) call(ctx context.Context, method string, in, out any) error {
	if s.closed.Load() {
		return fault.New(fault.Unavailable, "the borrowed store was given back")
	}
	return s.peer.Call(ctx, method, in, out)
}

// fewer halves a limit that asked for more than one message may hold.
func fewer(limit int, err error) (int, bool) {
	if limit == 0 {
		limit = store.DefaultPage
	}
	return limit / 2, tooLarge(err) && limit > 1
}

func tooLarge(err error) bool { return fault.CodeOf(err) == fault.Exhausted }
