package memstore

import (
	"context"
	"slices"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// List pages through one kind; see store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	if err := store.Ended(ctx, "listing records"); err != nil {
		return store.Page{}, err
	}
	q, after, err := s.kinds.CheckQuery(q)
	if err != nil {
		return store.Page{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.Page{}, store.Closed()
	}
	return s.tables[q.Kind].page(q, after), nil
}

// page walks the query's order and takes what fits; one more record than the limit means that there is a next page.
func (t *table) page(q store.Query, after *store.Cursor) store.Page {
	out := store.Page{Records: []record.Record{}}
	var last place
	t.walk(q, after, func(p place) bool {
		e := t.entries[p.id]
		if e.record.Deleted && !q.Deleted {
			return true
		}
		if len(out.Records) == q.Limit {
			out.Next = store.NextCursor(q, last.key, last.id)
			return false
		}
		out.Records, last = append(out.Records, e.copy()), p
		return true
	})
	return out
}

// walk visits the places of a query in its direction until visit says false.
func (t *table) walk(q store.Query, after *store.Cursor, visit func(place) bool) {
	list, from, to := &t.ids, place{}, place{}
	low, high := q.Range()
	if q.Index == "" {
		from.id, to.id = low, high
	} else {
		list, from.key, to.key = &t.indexes[slices.Index(t.spec.Indexes, q.Index)], low, high
	}
	if q.Reverse {
		if after != nil {
			to = place{after.Key, after.ID}
		}
		list.descend(from, to, visit)
		return
	}
	if after != nil {
		from = place{after.Key, after.ID + "\x00"} // just after the one given out; no id has a NUL
	}
	list.ascend(from, to, visit)
}

// SearchText finds records by words; see store.TextSearcher.
func (s *Store) SearchText(ctx context.Context, q store.TextQuery) ([]store.Hit, error) {
	if err := store.Ended(ctx, "searching"); err != nil {
		return nil, err
	}
	q, words, err := s.kinds.CheckText(q)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, store.Closed()
	}
	t, hits := s.tables[q.Kind], []store.Hit{}
	t.ids.descend(place{}, place{}, func(p place) bool {
		if e := t.entries[p.id]; store.Matches(e.folded, words) {
			hits = append(hits, store.Hit{Key: e.record.Key(), Snippet: store.Snippet(store.Text(t.spec, e.record), words)})
		}
		return len(hits) < q.Limit
	})
	return hits, nil
}
