package idb

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// maxCorpus bounds the folded text kept in memory, in bytes. Past it a search reads the records instead.
const maxCorpus = 64 << 20

// loadPage is how many records are read at a time while the text is loaded.
const loadPage = 1000

// corpus keeps the folded text of every kind that has text, so that a search reads no record but its hits. It is loaded by
// the first search and kept in step by every write.
type corpus struct {
	specs map[record.Kind]store.KindSpec
	turn  chan struct{} // held by the one search that loads

	mu    sync.Mutex // guards all below
	texts map[record.Kind]*texts
	bytes int
}

// texts is one kind's text in the order of ids.
type texts struct {
	ready bool // all that was stored before is in
	docs  []doc
}

type doc struct {
	id      string
	version record.Version
	folded  string // "" for a tombstone
}

func newCorpus(schema []store.KindSpec) *corpus {
	c := &corpus{specs: map[record.Kind]store.KindSpec{}, turn: make(chan struct{}, 1), texts: map[record.Kind]*texts{}}
	for _, spec := range schema {
		if len(spec.Text) > 0 {
			c.specs[spec.Kind] = spec
		}
	}
	return c
}

// note takes in a record that is stored now. Until a search begins to load its kind there is nothing to keep in step.
func (c *corpus) note(r record.Record) {
	spec, ok := c.specs[r.Kind]
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.texts[r.Kind]; t != nil {
		c.setLocked(t, doc{r.ID, r.Version, store.Fold(store.Text(spec, r))})
	}
}

// setLocked keeps the newest version of a document.
func (c *corpus) setLocked(t *texts, d doc) {
	at := len(t.docs)
	if at > 0 && t.docs[at-1].id >= d.id {
		var found bool
		at, found = slices.BinarySearchFunc(t.docs, d.id, func(have doc, id string) int { return strings.Compare(have.id, id) })
		if found {
			if d.version > t.docs[at].version {
				c.bytes += len(d.folded) - len(t.docs[at].folded)
				t.docs[at] = d
			}
			return
		}
	}
	c.bytes += len(d.folded)
	t.docs = slices.Insert(t.docs, at, d)
}

// begin gives a kind's texts, empty at first, and whether they are loaded and small enough to keep.
func (c *corpus) begin(kind record.Kind) (t *texts, ready, full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.texts[kind] == nil {
		c.texts[kind] = &texts{}
	}
	return c.texts[kind], c.texts[kind].ready, c.bytes > maxCorpus
}

// add takes in a page of what is stored.
func (c *corpus) add(t *texts, kind record.Kind, records []record.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range records {
		c.setLocked(t, doc{r.ID, r.Version, store.Fold(store.Text(c.specs[kind], r))})
	}
}

// find gives the newest ids whose text holds every word.
func (c *corpus) find(t *texts, words []string, limit int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for i := len(t.docs) - 1; i >= 0 && len(ids) < limit; i-- {
		if store.Matches(t.docs[i].folded, words) {
			ids = append(ids, t.docs[i].id)
		}
	}
	return ids
}

// drop forgets everything, so that the memory is free again.
func (c *corpus) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.texts)
	c.bytes = 0
}

// SearchText finds records by words; see store.TextSearcher. The first search of a kind reads all its text.
func (s *Store) SearchText(ctx context.Context, q store.TextQuery) ([]store.Hit, error) {
	q, words, err := s.kinds.CheckText(q)
	if err != nil {
		return nil, err
	}
	if err := s.ready(ctx, "searching"); err != nil || len(words) == 0 {
		return []store.Hit{}, err
	}
	t, err := s.loaded(ctx, q.Kind)
	if fault.CodeOf(err) == fault.Exhausted {
		return s.scan(ctx, q, words)
	}
	if err != nil {
		return nil, err
	}
	return s.hits(ctx, q, words, s.corpus.find(t, words, q.Limit))
}

// Warm loads the text of a kind ahead of the first search.
func (s *Store) Warm(ctx context.Context, kind record.Kind) error {
	_, err := s.loaded(ctx, kind)
	return err
}

// loaded gives a kind's texts with everything in. fault.Exhausted: there is too much to keep in memory.
func (s *Store) loaded(ctx context.Context, kind record.Kind) (*texts, error) {
	select {
	case s.corpus.turn <- struct{}{}:
		defer func() { <-s.corpus.turn }()
	case <-ctx.Done():
		return nil, store.Ended(ctx, "searching")
	}
	t, ready, full := s.corpus.begin(kind)
	for q := (store.Query{Kind: kind, Limit: loadPage}); !ready && !full; {
		page, err := s.List(ctx, q)
		if err != nil {
			return nil, err
		}
		s.corpus.add(t, kind, page.Records)
		_, _, full = s.corpus.begin(kind)
		q.After, ready = page.Next, page.Next == ""
	}
	if full {
		s.corpus.drop()
		return nil, fault.New(fault.Exhausted, "there is too much text to keep in memory")
	}
	s.corpus.mu.Lock()
	defer s.corpus.mu.Unlock()
	t.ready = true
	return t, nil
}

// hits reads the found records for the text around the words.
func (s *Store) hits(ctx context.Context, q store.TextQuery, words, ids []string) ([]store.Hit, error) {
	keys := make([]record.Key, len(ids))
	for i, id := range ids {
		keys[i] = record.Key{Kind: q.Kind, ID: id}
	}
	records, err := s.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	out := make([]store.Hit, 0, len(records))
	for _, r := range records {
		if !r.Deleted {
			out = append(out, store.Hit{Key: r.Key(), Snippet: store.Snippet(store.Text(s.corpus.specs[q.Kind], r), words)})
		}
	}
	return out, nil
}

// scan searches without memory: it reads the records from the newest on.
func (s *Store) scan(ctx context.Context, q store.TextQuery, words []string) ([]store.Hit, error) {
	spec, out := s.corpus.specs[q.Kind], []store.Hit{}
	for list := (store.Query{Kind: q.Kind, Limit: loadPage, Reverse: true}); ; {
		page, err := s.List(ctx, list)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			if text := store.Text(spec, r); store.Matches(store.Fold(text), words) {
				if out = append(out, store.Hit{Key: r.Key(), Snippet: store.Snippet(text, words)}); len(out) == q.Limit {
					return out, nil
				}
			}
		}
		if list.After = page.Next; list.After == "" {
			return out, nil
		}
	}
}
