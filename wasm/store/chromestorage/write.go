package chromestorage

import (
	"context"
	"encoding/json"
	"sort"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Keys of the items: one for the store itself, one for each record ("kai/record/message/<id>").
const (
	metaKey      = "kai/meta"
	recordPrefix = "kai/record/"
)

// meta is the item of the store itself.
type meta struct {
	Schema int    `json:"schema"`
	Epoch  uint64 `json:"epoch"`
	Head   uint64 `json:"head"` // number of the newest write
}

// item is a record as stored. The body is text, because a browser keeps objects as its own values, which round large
// numbers and reorder names.
type item struct {
	Seq     uint64         `json:"seq"`
	Version record.Version `json:"version"`
	Deleted bool           `json:"deleted,omitempty"`
	Body    string         `json:"body,omitempty"`
}

// itemKey is the key of a record's item.
func itemKey(key record.Key) string { return recordPrefix + string(key.Kind) + "/" + key.ID }

type entry struct {
	seq    uint64
	record record.Record
}

func readMeta(items map[string]json.RawMessage) (meta, error) {
	var m meta
	if text, ok := items[metaKey]; ok {
		if err := json.Unmarshal(text, &m); err != nil {
			return m, fault.Wrap(fault.Malformed, err, "the stored records are damaged").
				WithRemedy("remove and add the extension again; its records are lost")
		}
	}
	if m.Schema > store.SchemaVersion {
		return m, fault.New(fault.Unsupported, "the records were written by a newer kAI").WithRemedy("update kAI")
	}
	return m, nil
}

func (s *Store) meta(head uint64) json.RawMessage {
	text, _ := json.Marshal(meta{store.SchemaVersion, s.epoch, head}) // numbers always marshal
	return text
}

// entries reads the records among items, in the order in which they were written. A damaged one is left out.
func (s *Store) entries(items map[string]json.RawMessage) []entry {
	var out []entry
	for key, text := range items {
		path, ok := strings.CutPrefix(key, recordPrefix)
		if !ok {
			continue
		}
		kind, id, _ := strings.Cut(path, "/")
		var it item
		if err := json.Unmarshal(text, &it); err != nil {
			s.log.Warn("a stored record is damaged", "kind", kind, "id", id, "err", err)
			continue
		}
		out = append(out, entry{it.Seq, record.Record{
			Kind: record.Kind(kind), ID: id, Version: it.Version, Deleted: it.Deleted, Body: body(it),
		}})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].seq < out[j].seq })
	return out
}

func body(it item) json.RawMessage {
	if it.Body == "" {
		return nil
	}
	return json.RawMessage(it.Body)
}

// lock makes the caller the only writer.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, store.Ended(ctx, "writing records")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		<-s.turn
		return nil, store.Closed()
	}
	return func() { <-s.turn }, nil
}

// judge says which writes win, or which condition does not hold.
func (s *Store) judge(ctx context.Context, batch []store.Write) ([]bool, error) {
	keys := make([]record.Key, len(batch))
	for i := range batch {
		keys[i] = batch[i].Record.Key()
	}
	held, err := s.memory.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	won := make([]bool, len(batch))
	for i, w := range batch {
		if w.If != nil && held[i].Version != *w.If {
			return nil, store.Conflict(keys[i], held[i].Version)
		}
		won[i] = w.Record.Version > held[i].Version
	}
	return won, nil
}

// write stores the winners, then shows them to readers.
func (s *Store) write(ctx context.Context, batch []store.Write, won []bool) (store.Result, error) {
	head := s.head
	items := make(map[string]json.RawMessage, len(batch)+1)
	var numbers []uint64
	for i, w := range batch {
		if !won[i] {
			continue
		}
		head++
		r := w.Record
		text, err := json.Marshal(item{head, r.Version, r.Deleted, string(r.Body)})
		if err != nil {
			return store.Result{}, fault.Wrap(fault.Internal, err, "a record cannot be written as JSON")
		}
		items[itemKey(r.Key())] = text
		numbers = append(numbers, head)
	}
	if len(numbers) == 0 {
		return store.Result{Seq: head, Won: won}, nil
	}
	if err := s.save(ctx, items, head); err != nil {
		return store.Result{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbers, s.head = append(s.numbers, numbers...), head
	_, err := s.memory.Apply(ctx, batch...)
	return store.Result{Seq: head, Won: won}, err
}

// save writes items unless somebody else took over.
func (s *Store) save(ctx context.Context, items map[string]json.RawMessage, head uint64) error {
	const doing = "writing records"
	if err := s.checkWriter(ctx, doing); err != nil {
		return err
	}
	items[metaKey] = s.meta(head)
	return failure(s.area.Set(ctx, items), doing)
}

// checkWriter answers fault.Fenced when somebody else took over.
func (s *Store) checkWriter(ctx context.Context, doing string) error {
	now, err := s.area.Get(ctx, []string{metaKey})
	if err != nil {
		return failure(err, doing)
	}
	if m, err := readMeta(now); err != nil || m.Epoch != s.epoch {
		return fault.New(fault.Fenced, "another kAI took over the records").WithRemedy("reload the extension")
	}
	return nil
}

// toMemoryLocked translates a stored number into memory's: how many of memory's writes are not after it.
func (s *Store) toMemoryLocked(since uint64) uint64 {
	return uint64(sort.Search(len(s.numbers), func(i int) bool { return s.numbers[i] > since }))
}

// failure puts what the browser said into words for a person. It has no codes, only texts.
func failure(err error, doing string) error {
	if err == nil {
		return nil
	}
	if code := fault.CodeOf(err); code != fault.Internal {
		return fault.Wrap(code, err, "stopped while "+doing)
	}
	if text := strings.ToLower(err.Error()); strings.Contains(text, "quota") {
		return fault.Wrap(fault.Exhausted, err, "the browser has no room left for kAI's records").
			WithRemedy("export and delete old conversations, or keep records in indexeddb")
	}
	return fault.Wrap(fault.Unavailable, err, "the browser's storage failed while "+doing).WithRemedy("restart the browser")
}

// Sweep forgets deletions; see store.Sweeper. Where the area fails they are back after the next start.
func (s *Store) Sweep(ctx context.Context, tombstones ...record.Record) error {
	const doing = "forgetting deletions"
	if err := store.Ended(ctx, doing); err != nil {
		return err
	}
	done, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := s.checkWriter(ctx, doing); err != nil {
		return err
	}
	if err := s.memory.Sweep(ctx, tombstones...); err != nil {
		return err
	}
	var gone []string
	for _, r := range tombstones {
		held, err := s.memory.Get(ctx, r.Key())
		if err == nil && held[0].Version == "" {
			gone = append(gone, itemKey(r.Key()))
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return failure(s.area.Remove(context.WithoutCancel(ctx), gone), doing)
}
