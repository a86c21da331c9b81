package assistant

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/kindos/kai/shared/knowledge"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// Bounds of what is kept in memory for searching.
const (
	maxCorpusBytes = 64 << 20  // folded text; beyond it the oldest messages are not found
	maxDocBytes    = 256 << 10 // of one message
	corpusPage     = 500       // messages read at a time
)

// corpus holds the folded text of all messages, read when somebody first searches and kept up with every change since.
// A search is then a walk through memory: 20,000 messages take a few milliseconds, also in WebAssembly.
type corpus struct {
	mu       sync.Mutex // guards everything below
	loaded   bool
	loading  chan struct{} // closed when the load that goes on has ended
	epoch    int           // raised by reset: a load that began before is worth nothing
	docs     []doc         // ascending by id, so newest last
	titles   map[string]title
	bytes    int
	overtake map[string]bool // ids that changed while loading: what the load reads of them is older
}

type doc struct {
	id, conversation, folded string
}

type title struct {
	folded, updated string
	trashed         bool
}

// note takes the changes of a batch that was written.
func (c *corpus) note(drafts []draft) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded && c.loading == nil {
		return
	}
	for _, d := range drafts {
		switch d.kind {
		case record.KindMessage:
			c.noteMessageLocked(d)
		case record.KindConversation:
			c.noteTitleLocked(d)
		}
	}
}

func (c *corpus) noteMessageLocked(d draft) {
	m, ok := d.body.(Message)
	if ok && m.State == run.StateRunning {
		return // it is taken in whole when it has ended
	}
	if c.overtake != nil {
		c.overtake[d.id] = true
	}
	c.putLocked(doc{id: d.id, conversation: m.Conversation, folded: foldMessage(m)}, !ok)
}

func (c *corpus) noteTitleLocked(d draft) {
	if c.overtake != nil {
		c.overtake[d.id] = true
	}
	if body, ok := d.body.(Conversation); ok {
		c.titles[d.id] = titleOf(body)
	} else {
		delete(c.titles, d.id)
	}
}

func titleOf(c Conversation) title {
	return title{folded: store.Fold(c.Title), updated: c.Updated, trashed: c.Trashed != ""}
}

func foldMessage(m Message) string { return store.Fold(cutText(m.Text, maxDocBytes)) }

// putLocked adds, replaces or removes one message.
func (c *corpus) putLocked(d doc, gone bool) {
	i := sort.Search(len(c.docs), func(i int) bool { return c.docs[i].id >= d.id })
	there := i < len(c.docs) && c.docs[i].id == d.id
	switch {
	case there && gone:
		c.bytes -= len(c.docs[i].folded)
		c.docs = slices.Delete(c.docs, i, i+1)
	case there:
		c.bytes += len(d.folded) - len(c.docs[i].folded)
		c.docs[i] = d
	case !gone:
		c.bytes += len(d.folded)
		c.docs = slices.Insert(c.docs, i, d)
	}
	for c.bytes > maxCorpusBytes && len(c.docs) > 1 {
		c.bytes -= len(c.docs[0].folded)
		c.docs = c.docs[1:]
	}
}

func (c *corpus) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loaded, c.docs, c.titles, c.bytes = false, nil, map[string]title{}, 0
	c.epoch++
}

// load reads everything unless that was done; several callers wait for one load.
func (c *corpus) load(ctx context.Context, a *Assistant) error {
	for {
		c.mu.Lock()
		if c.loaded {
			c.mu.Unlock()
			return nil
		}
		loading := c.loading
		if loading == nil {
			c.loading = make(chan struct{})
			c.titles, c.docs, c.bytes, c.overtake = map[string]title{}, nil, 0, map[string]bool{}
			epoch := c.epoch
			c.mu.Unlock()
			return c.loadNow(ctx, a, epoch)
		}
		c.mu.Unlock()
		select {
		case <-loading:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *corpus) loadNow(ctx context.Context, a *Assistant, epoch int) error {
	titles, docs, err := readCorpus(ctx, a)
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.loading)
	c.loading = nil
	if err != nil || epoch != c.epoch {
		c.overtake = nil
		return err
	}
	for id, t := range titles {
		if !c.overtake[id] {
			c.titles[id] = t
		}
	}
	noted := c.docs
	c.docs = slices.DeleteFunc(docs, func(d doc) bool { return c.overtake[d.id] })
	c.bytes, c.overtake, c.loaded = 0, nil, true
	for _, d := range c.docs {
		c.bytes += len(d.folded)
	}
	for _, d := range noted {
		c.putLocked(d, false)
	}
	return nil
}

// readCorpus reads titles and messages from the store, the newest messages first and as many as there is room for.
func readCorpus(ctx context.Context, a *Assistant) (map[string]title, []doc, error) {
	titles := map[string]title{}
	q := store.Query{Kind: record.KindConversation, Limit: corpusPage}
	err := each(ctx, a, q, func(c kept[Conversation]) bool {
		titles[c.Body.ID] = titleOf(c.Body)
		return true
	})
	if err != nil {
		return nil, nil, err
	}
	var docs []doc
	size := 0
	q = store.Query{Kind: record.KindMessage, Reverse: true, Limit: corpusPage}
	for size < maxCorpusBytes {
		page, err := a.deps.Store.List(ctx, q)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range page.Records {
			d := docOf(r)
			size += len(d.folded)
			docs = append(docs, d)
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	slices.Reverse(docs)
	return titles, docs, nil
}

// docOf reads only what a search needs of a stored message.
func docOf(r record.Record) doc {
	fields := store.Fields(r.Body, []string{"conversation", "text"})
	return doc{id: r.ID, conversation: strings.Clone(fields[0]), folded: store.Fold(cutText(fields[1], maxDocBytes))}
}

// found is a match before its conversation and text are read.
type found struct {
	conversation, message string
}

// find lists what holds all of the words: titles, most recently used first, and messages, newest first.
func (c *corpus) find(words []string, limit int) (inTitles, inMessages []found) {
	c.mu.Lock()
	defer c.mu.Unlock()
	needles := knowledge.NewNeedles(words)
	for id, t := range c.titles {
		if !t.trashed && needles.AllIn(t.folded) {
			inTitles = append(inTitles, found{conversation: id})
		}
	}
	sort.Slice(inTitles, func(i, j int) bool {
		x, y := c.titles[inTitles[i].conversation].updated, c.titles[inTitles[j].conversation].updated
		return x > y || (x == y && inTitles[i].conversation > inTitles[j].conversation)
	})
	for i := len(c.docs) - 1; i >= 0 && len(inMessages) < limit; i-- {
		d := &c.docs[i]
		if !needles.AllIn(d.folded) {
			continue
		}
		if t, ok := c.titles[d.conversation]; ok && !t.trashed {
			inMessages = append(inMessages, found{d.conversation, d.id})
		}
	}
	return inTitles[:min(len(inTitles), limit)], inMessages
}
