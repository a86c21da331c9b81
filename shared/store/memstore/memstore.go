// Package memstore keeps records in memory. It is the reference that other backends are compared with, and the store of
// last resort where a browser refuses storage. Imports shared/store, shared/record, shared/fault.
package memstore

import (
	"bytes"
	"context"
	"sync"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Store is a store.Store in memory, with every optional power.
type Store struct {
	kinds store.Kinds

	mu     sync.RWMutex // guards all below
	closed bool
	seq    uint64
	bytes  int64
	tables map[record.Kind]*table
	feed   []change
	stale  int // entries of feed that a later write replaced
	blobs  map[string]blob
}

// table holds one kind: the records by id, the ids in order, and one order per declared index.
type table struct {
	spec    store.KindSpec
	entries map[string]*entry
	ids     ordered
	indexes []ordered
}

// entry is a stored record with what was derived from it.
type entry struct {
	record record.Record
	seq    uint64
	keys   []string // by position in spec.Indexes
	folded string   // text for search
}

// change is one line of the feed; it is live while the entry still has its number.
type change struct {
	seq uint64
	key record.Key
}

// New makes an empty store.
func New(schema []store.KindSpec) *Store {
	s := &Store{kinds: store.NewKinds(schema), tables: make(map[record.Kind]*table, len(schema))}
	for _, spec := range schema {
		s.tables[spec.Kind] = &table{spec: spec, entries: map[string]*entry{}, indexes: make([]ordered, len(spec.Indexes))}
	}
	return s
}

// Get reads records by key; see store.Store.
func (s *Store) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	if err := store.Ended(ctx, "reading records"); err != nil {
		return nil, err
	}
	if err := s.kinds.CheckKeys(keys); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, store.Closed()
	}
	out := make([]record.Record, len(keys))
	for i, key := range keys {
		if e := s.tables[key.Kind].entries[key.ID]; e != nil {
			out[i] = e.copy()
		} else {
			out[i] = record.Record{Kind: key.Kind, ID: key.ID}
		}
	}
	return out, nil
}

// Apply writes a batch; see store.Store.
func (s *Store) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if err := store.Ended(ctx, "writing records"); err != nil {
		return store.Result{}, err
	}
	if err := s.kinds.CheckBatch(batch); err != nil {
		return store.Result{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.Result{}, store.Closed()
	}
	for _, w := range batch {
		if held := s.versionLocked(w.Record.Key()); w.If != nil && held != *w.If {
			return store.Result{}, store.Conflict(w.Record.Key(), held)
		}
	}
	won := make([]bool, len(batch))
	for i, w := range batch {
		won[i] = s.writeLocked(w.Record)
	}
	return store.Result{Seq: s.seq, Won: won}, nil
}

// LoadBulk writes many records; see store.BulkLoader.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	if err := s.kinds.CheckRecords(records); err != nil {
		return err
	}
	for len(records) > 0 {
		if err := store.Ended(ctx, "loading records"); err != nil {
			return err
		}
		n := min(len(records), store.MaxBatch)
		if err := s.loadChunk(records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

func (s *Store) loadChunk(records []record.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.Closed()
	}
	for _, r := range records {
		s.writeLocked(r)
	}
	return nil
}

// Changes reads the change feed; see store.Store.
func (s *Store) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	if err := store.Ended(ctx, "reading changes"); err != nil {
		return store.Feed{}, err
	}
	limit, err := store.CheckLimit(limit)
	if err != nil {
		return store.Feed{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.Feed{}, store.Closed()
	}
	if err := store.CheckSince(since, s.seq); err != nil {
		return store.Feed{}, err
	}
	return s.feedLocked(since, limit), nil
}

// Measure says how much is stored; see store.Measurer.
func (s *Store) Measure(ctx context.Context) (store.Usage, error) {
	if err := store.Ended(ctx, "measuring the store"); err != nil {
		return store.Usage{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.Usage{}, store.Closed()
	}
	usage := store.Usage{Backend: "memory", Bytes: s.bytes, Records: map[record.Kind]int64{}}
	for kind, t := range s.tables {
		usage.Records[kind] = t.live()
	}
	return usage, nil
}

// Close lets go of the records; later calls answer fault.Unavailable.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.tables, s.feed, s.blobs = true, nil, nil, nil
	return nil
}

func (e *entry) copy() record.Record {
	r := e.record
	r.Body = bytes.Clone(r.Body)
	return r
}

func (e *entry) size() int64 {
	return int64(len(e.record.ID) + len(e.record.Version) + len(e.record.Body))
}

// live counts the records that are not tombstones.
func (t *table) live() int64 {
	n := int64(0)
	for _, e := range t.entries {
		if !e.record.Deleted {
			n++
		}
	}
	return n
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.TextSearcher = (*Store)(nil)
	_ store.BulkLoader   = (*Store)(nil)
	_ store.Measurer     = (*Store)(nil)
	_ store.BlobStore    = (*Store)(nil)
	_ store.Sweeper      = (*Store)(nil)
)
