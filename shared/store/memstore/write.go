package memstore

import (
	"bytes"
	"context"
	"slices"
	"sort"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (s *Store) versionLocked(key record.Key) record.Version {
	if e := s.tables[key.Kind].entries[key.ID]; e != nil {
		return e.record.Version
	}
	return ""
}

// writeLocked stores r when it is newer than what is held, and says whether it did.
func (s *Store) writeLocked(r record.Record) bool {
	t := s.tables[r.Kind]
	old := t.entries[r.ID]
	if old != nil && r.Version <= old.record.Version {
		return false
	}
	r.Body = bytes.Clone(r.Body)
	s.seq++
	e := &entry{record: r, seq: s.seq}
	if !r.Deleted {
		e.keys, e.folded = store.Derive(t.spec, r)
	}
	t.replace(old, e)
	s.noteLocked(old, e)
	return true
}

// replace swaps an entry and its places in the orders.
func (t *table) replace(old, e *entry) {
	id := e.record.ID
	t.entries[id] = e
	if old == nil {
		t.ids.insert(place{id: id})
	}
	for i := range t.indexes {
		before, after := old.key(i), e.key(i)
		if before == after {
			continue
		}
		if before != "" {
			t.indexes[i].remove(place{before, id})
		}
		if after != "" {
			t.indexes[i].insert(place{after, id})
		}
	}
}

// key is the entry's key in the i-th index, "" when it is not in there.
func (e *entry) key(i int) string {
	if e == nil || e.keys == nil {
		return ""
	}
	return e.keys[i]
}

// noteLocked counts the bytes and appends to the feed; the feed is packed when more than half of it is stale.
func (s *Store) noteLocked(old, e *entry) {
	s.bytes += e.size()
	if old != nil {
		s.bytes -= old.size()
		s.stale++
	}
	s.feed = append(s.feed, change{e.seq, e.record.Key()})
	if s.stale > 64 && s.stale > len(s.feed)/2 {
		s.feed = slices.DeleteFunc(s.feed, func(c change) bool { return s.entryLocked(c) == nil })
		s.stale = 0
	}
}

// Sweep forgets deletions; see store.Sweeper.
func (s *Store) Sweep(ctx context.Context, tombstones ...record.Record) error {
	if err := store.Ended(ctx, "forgetting deletions"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.Closed()
	}
	for _, r := range tombstones {
		t := s.tables[r.Kind]
		if t == nil {
			continue
		}
		if e := t.entries[r.ID]; e != nil && e.record.Deleted && e.record.Version == r.Version && e.seq < s.seq {
			delete(t.entries, r.ID)
			t.ids.remove(place{id: r.ID})
			s.bytes -= e.size()
			s.stale++
		}
	}
	return nil
}

// entryLocked gives the entry of a feed line, nil when a later write replaced it.
func (s *Store) entryLocked(c change) *entry {
	if e := s.tables[c.key.Kind].entries[c.key.ID]; e != nil && e.seq == c.seq {
		return e
	}
	return nil
}

func (s *Store) feedLocked(since uint64, limit int) store.Feed {
	out := store.Feed{Records: []record.Record{}, Seq: since}
	start := sort.Search(len(s.feed), func(i int) bool { return s.feed[i].seq > since })
	for _, c := range s.feed[start:] {
		e := s.entryLocked(c)
		if e == nil {
			continue
		}
		if len(out.Records) == limit {
			out.More = true
			break
		}
		out.Records, out.Seq = append(out.Records, e.copy()), c.seq
	}
	return out
}
