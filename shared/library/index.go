package library

import (
	"context"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/knowledge"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// embedBatch is how many passages are given to the embedding model at a time: a stop and the progress wait for no more.
const embedBatch = 16

// begin has the vectors of a document made, when it is one of which they are to be made.
func (l *Library) begin(ctx context.Context, d Document) error {
	if d.State != Indexing || d.Trashed != "" {
		return nil
	}
	return l.opt.Index(ctx, d.ID)
}

// Resume goes on with what an earlier life left.
func (l *Library) Resume(ctx context.Context) error {
	docs, err := l.there(ctx)
	for _, k := range docs {
		if failed := l.begin(ctx, k.Document); err == nil {
			err = failed
		}
	}
	return err
}

// Index makes the vectors that a document lacks, a batch at a time, until it is ready, stopped or removed; report hears how
// far it is. An error is in its record too: the document waits then. One document is indexed at a time.
func (l *Library) Index(ctx context.Context, id string, report func(done, total int)) error {
	select {
	case l.indexing <- struct{}{}:
		defer func() { <-l.indexing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	again := true // a document that waits because of a fault is tried again by whoever calls this
	for {
		k, err := l.get(ctx, id)
		if err != nil {
			return err
		}
		waits := k.State == Indexing || again && k.State == Stopped && k.Fault != nil
		if !waits || k.Trashed != "" {
			return nil
		}
		again = false
		report(k.Done, k.Passages)
		if err := l.indexSome(ctx, k.Document); err != nil {
			if ctx.Err() == nil {
				if _, failed := l.edit(ctx, id, func(d *Document) { d.State, d.Fault = Stopped, fault.Public(err) }); failed != nil {
					return failed
				}
			}
			return err
		}
	}
}

// indexSome makes the vectors of the next passages and keeps them in one write with how far the document is.
func (l *Library) indexSome(ctx context.Context, d Document) error {
	n := min(embedBatch, d.Passages-d.Done)
	made, err := l.embed(ctx, d, n)
	if err != nil {
		return err
	}
	body := vectors{Document: d.ID, Model: d.Model, First: d.Done, Count: n}
	for _, v := range made {
		knowledge.Normalize(v)
		body.V = knowledge.Pack(body.V, v)
	}
	var more []store.Write
	if n > 0 {
		id := passageID(d.ID, d.Done)
		held, err := l.opt.Store.Get(ctx, record.Key{Kind: record.KindVector, ID: id})
		if err != nil {
			return err
		}
		w, err := l.put(record.KindVector, id, body, held[0].Version)
		if err != nil {
			return err
		}
		more = append(more, w)
	}
	_, err = l.edit(ctx, d.ID, func(now *Document) {
		if now.Model == d.Model && now.Done == d.Done {
			now.Done += n
		}
		if now.State == Stopped && now.Fault != nil {
			now.State, now.Fault = Indexing, nil
		}
		if now.Done >= now.Passages && now.State == Indexing {
			now.State = Ready
		}
	}, more...)
	if err == nil && n > 0 {
		l.followOutside(ctx, func(v Vectors) error { return putOutside(ctx, v, body) })
	}
	return err
}

// embed asks for the vectors of the n passages after those that are done.
func (l *Library) embed(ctx context.Context, d Document, n int) ([][]float32, error) {
	if n <= 0 {
		return nil, nil
	}
	keys, texts := make([]record.Key, n), make([]string, n)
	for i := range keys {
		keys[i] = record.Key{Kind: record.KindPassage, ID: passageID(d.ID, d.Done+i)}
	}
	records, err := l.opt.Store.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		texts[i] = d.Title + "\n" + strings.Join(store.Fields(r.Body, []string{"place", "text"}), "\n")
	}
	made, err := l.opt.Embedder.Embed(ctx, d.Model, texts)
	if err != nil {
		return nil, err
	}
	for _, v := range made {
		if len(made) != n || len(v) == 0 || len(v) != len(made[0]) {
			return nil, fault.New(fault.Malformed, "the model %.80q sent vectors that do not fit %d passages", d.Model, n)
		}
	}
	return made, nil
}
