// Package chromestorage is store.Store on chrome.storage.local, for browser mode with data_store: chrome_storage.
//
// It is meant for few records: all of them are held in memory (a memstore answers every read) and each write goes through
// to the browser first, one item a record, one call a batch. Without the unlimitedStorage permission the browser keeps
// 10 MB. Pure Go over Area, so that it is tested natively. Imports shared/*.
package chromestorage

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// Area is a storage area of the browser. Set writes all of its items or none.
type Area interface {
	Get(ctx context.Context, keys []string) (map[string]json.RawMessage, error) // nil keys: everything
	Set(ctx context.Context, items map[string]json.RawMessage) error
	Remove(ctx context.Context, keys []string) error
	Bytes(ctx context.Context) (int64, error)
}

// loadChunk is how many records of a bulk load go into one call.
const loadChunk = 1000

// Store is a store.Store with every optional power.
type Store struct {
	area  Area
	kinds store.Kinds
	log   *logs.Logger
	turn  chan struct{} // held by the one writer

	mu      sync.RWMutex // guards all below
	memory  *memstore.Store
	numbers []uint64 // the stored number of each of memory's, which counts from 1 at every start
	head    uint64
	epoch   uint64
	closed  bool
}

// Open reads everything that is stored and takes the area over: an earlier writer is fenced off.
func Open(ctx context.Context, area Area, schema []store.KindSpec, log *logs.Logger) (*Store, error) {
	items, err := area.Get(ctx, nil)
	if err != nil {
		return nil, failure(err, "reading the records")
	}
	s := &Store{area: area, kinds: store.NewKinds(schema), log: log, turn: make(chan struct{}, 1), memory: memstore.New(schema)}
	stored, err := readMeta(items)
	if err != nil {
		return nil, err
	}
	s.head, s.epoch = stored.Head, stored.Epoch+1
	if err := s.replay(ctx, items); err != nil {
		return nil, err
	}
	return s, failure(area.Set(ctx, map[string]json.RawMessage{metaKey: s.meta(s.head)}), "taking over the records")
}

// replay puts what is stored into memory in the order in which it was written.
func (s *Store) replay(ctx context.Context, items map[string]json.RawMessage) error {
	for _, e := range s.entries(items) {
		won, err := s.memory.Apply(ctx, store.Put(e.record))
		if err != nil || !won.Won[0] {
			s.log.Warn("a stored record was left out", "kind", e.record.Kind, "id", e.record.ID, "err", err)
			continue
		}
		s.numbers = append(s.numbers, e.seq)
		s.head = max(s.head, e.seq)
	}
	return store.Ended(ctx, "reading the records")
}

// Get reads records by key; see store.Store.
func (s *Store) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	return s.memory.Get(ctx, keys...)
}

// List pages through one kind; see store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	return s.memory.List(ctx, q)
}

// SearchText finds records by words; see store.TextSearcher.
func (s *Store) SearchText(ctx context.Context, q store.TextQuery) ([]store.Hit, error) {
	return s.memory.SearchText(ctx, q)
}

// Apply writes a batch; see store.Store.
func (s *Store) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if err := store.Ended(ctx, "writing records"); err != nil {
		return store.Result{}, err
	}
	if err := s.kinds.CheckBatch(batch); err != nil {
		return store.Result{}, err
	}
	done, err := s.lock(ctx)
	if err != nil {
		return store.Result{}, err
	}
	defer done()
	won, err := s.judge(ctx, batch)
	if err != nil {
		return store.Result{}, err
	}
	return s.write(context.WithoutCancel(ctx), batch, won) // what has begun is brought to its end
}

// LoadBulk writes many records; see store.BulkLoader.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	if err := s.kinds.CheckRecords(records); err != nil {
		return err
	}
	for first := true; first || len(records) > 0; first = false {
		n := min(len(records), loadChunk)
		batch := make([]store.Write, n)
		for i, r := range records[:n] {
			batch[i] = store.Put(r)
		}
		if _, err := s.Apply(ctx, batch...); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// Changes reads the change feed; see store.Store.
func (s *Store) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	limit, err := store.CheckLimit(limit)
	if err != nil {
		return store.Feed{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return store.Feed{}, store.Closed()
	}
	if err := store.CheckSince(since, s.head); err != nil {
		return store.Feed{}, err
	}
	feed, err := s.memory.Changes(ctx, s.toMemoryLocked(since), limit)
	if err != nil {
		return store.Feed{}, err
	}
	if len(feed.Records) == 0 {
		feed.Seq = since
		return feed, nil
	}
	feed.Seq = s.numbers[feed.Seq-1]
	return feed, nil
}

// Measure says how much is stored; see store.Measurer.
func (s *Store) Measure(ctx context.Context) (store.Usage, error) {
	usage, err := s.memory.Measure(ctx)
	if err != nil {
		return usage, err
	}
	usage.Backend, usage.Durable = "chrome_storage", true
	usage.Bytes, err = s.area.Bytes(ctx)
	return usage, failure(err, "measuring the store")
}

// Close lets go of the area.
func (s *Store) Close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.memory.Close()
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.TextSearcher = (*Store)(nil)
	_ store.BulkLoader   = (*Store)(nil)
	_ store.Measurer     = (*Store)(nil)
	_ store.Sweeper      = (*Store)(nil)
)
