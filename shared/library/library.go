package library

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// UndoWindow is how long a removed document can be brought back before it is erased.
const UndoWindow = time.Minute

// Embedder makes vectors of texts.
type Embedder interface {
	// Model names the model that makes them now; fault.NotFound when there is none.
	Model(ctx context.Context) (string, error)
	// Embed makes one vector for each text, in order. A model that is not there any more answers fault.NotFound.
	Embed(ctx context.Context, model string, texts []string) ([][]float32, error)
}

// Options are what a library stands on; all are needed but Vectors, and Refill where that is nil.
type Options struct {
	Store    store.Store
	Clock    *record.Clock
	Now      func() time.Time
	NewID    func() string
	Embedder Embedder
	Index    func(ctx context.Context, document string) error // has Library.Index called soon, and again until it works
	Vectors  func(ctx context.Context) Vectors                // looks for the nearest vectors now; nil, or one that gives nil: the library does
	Refill   func(ctx context.Context, model string) error    // has Library.Refill called soon
	Changed  func()                                           // hears of every write
	Log      *logs.Logger
}

// Library answers the methods "knowledge.*". It is safe for concurrent use.
type Library struct {
	opt      Options
	methods  protocol.Mux
	writing  chan struct{} // holds a token while records are read, changed and written back
	indexing chan struct{} // holds a token while a document is indexed
	shelves  shelves
}

// New makes a library over what its store holds.
func New(opt Options) *Library {
	l := &Library{opt: opt, writing: make(chan struct{}, 1), indexing: make(chan struct{}, 1)}
	l.methods = protocol.Mux{
		MethodKnowledgeList: protocol.Answer(l.List), MethodKnowledgeAdd: keeps(l.Add), MethodKnowledgeSet: keeps(l.Set), MethodKnowledgeOpen: protocol.Answer(l.Open), MethodKnowledgeFind: protocol.Answer(l.Find),
	}
	return l
}

// Methods answer the requests of views.
func (l *Library) Methods() protocol.Mux { return l.methods }

// keeps carries a change through also when the view that asked is closed meanwhile.
func keeps[In, Out any](serve func(context.Context, In) (Out, error)) protocol.HandlerFunc {
	answer := protocol.Answer(serve)
	return func(ctx context.Context, r *protocol.Request) (any, error) {
		return answer(context.WithoutCancel(ctx), r)
	}
}

// lock makes the caller the only one that reads, changes and writes records, until unlock.
func (l *Library) lock(ctx context.Context) error {
	select {
	case l.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "waiting for another document to be written")
	}
}

func (l *Library) unlock() { <-l.writing }

// kept is a document as it is stored.
type kept struct {
	Document
	version record.Version
}

func (l *Library) get(ctx context.Context, id string) (kept, error) {
	var k kept
	records, err := l.opt.Store.Get(ctx, record.Key{Kind: record.KindDocument, ID: id})
	if err != nil {
		return k, err
	}
	if records[0].Version == "" || records[0].Deleted {
		return k, fault.New(fault.NotFound, "there is no such document any more").WithField("id")
	}
	k.version = records[0].Version
	if err := json.Unmarshal(records[0].Body, &k.Document); err != nil {
		return k, fault.Wrap(fault.Internal, err, "a stored document cannot be read")
	}
	return k, nil
}

// all lists the documents in the order in which they came, those that are removed too.
func (l *Library) all(ctx context.Context) (out []kept, err error) {
	err = l.each(ctx, store.Query{Kind: record.KindDocument}, func(r record.Record) error {
		k := kept{version: r.Version}
		if err := json.Unmarshal(r.Body, &k.Document); err != nil {
			l.opt.Log.Warn("a stored document cannot be read", "id", r.ID, "error", err)
			return nil
		}
		out = append(out, k)
		return nil
	})
	return out, err
}

// there lists those that are not removed.
func (l *Library) there(ctx context.Context) (out []kept, err error) {
	all, err := l.all(ctx)
	for _, k := range all {
		if k.Trashed == "" {
			out = append(out, k)
		}
	}
	return out, err
}

const page = 500 // records read at a time

// each hands over every record of a query.
func (l *Library) each(ctx context.Context, q store.Query, take func(record.Record) error) error {
	q.Limit = page
	for {
		p, err := l.opt.Store.List(ctx, q)
		if err != nil {
			return fault.Wrap(fault.CodeOf(err), err, "the documents cannot be read")
		}
		for _, r := range p.Records {
			if err := take(r); err != nil {
				return err
			}
		}
		if q.After = p.Next; q.After == "" {
			return nil
		}
	}
}

// put makes a write of a body, nil to delete, over the version that is stored.
func (l *Library) put(kind record.Kind, id string, body any, over record.Version) (store.Write, error) {
	if err := l.opt.Clock.Observe(over); err != nil {
		return store.Write{}, err
	}
	r := record.Record{Kind: kind, ID: id, Version: l.opt.Clock.Next(), Deleted: body == nil}
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return store.Write{}, fault.Wrap(fault.Internal, err, "a document cannot be written as JSON")
		}
		r.Body = text
	}
	return store.Put(r), nil
}

func (l *Library) apply(ctx context.Context, writes ...store.Write) error {
	if _, err := l.opt.Store.Apply(ctx, writes...); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "the document could not be kept")
	}
	l.opt.Changed()
	return nil
}

// edit reads, changes and writes the record of a document, with more in the same batch.
func (l *Library) edit(ctx context.Context, id string, change func(*Document), more ...store.Write) (Document, error) {
	if err := l.lock(ctx); err != nil {
		return Document{}, err
	}
	defer l.unlock()
	k, err := l.get(ctx, id)
	if err != nil {
		return k.Document, err
	}
	before := k.Document
	if change(&k.Document); k.Document == before && len(more) == 0 {
		return before, nil
	}
	w, err := l.put(record.KindDocument, id, k.Document, k.version)
	if err != nil {
		return before, err
	}
	return k.Document, l.apply(ctx, append(more, w)...)
}

// erase deletes a document; its record goes last, so that one that was cut off is found again. The caller holds the lock.
func (l *Library) erase(ctx context.Context, k kept) error {
	for _, kind := range []record.Kind{record.KindVector, record.KindPassage} {
		var writes []store.Write
		err := l.each(ctx, store.Query{Kind: kind, Index: "document", Equal: k.ID}, func(r record.Record) error {
			w, err := l.put(kind, r.ID, nil, r.Version)
			writes = append(writes, w)
			return err
		})
		for batch := range slices.Chunk(writes, page) {
			if err == nil {
				err = l.apply(ctx, batch...)
			}
		}
		if err != nil {
			return err
		}
	}
	l.followOutside(ctx, func(v Vectors) error { return v.Remove(ctx, k.Model, k.ID) })
	w, err := l.put(record.KindDocument, k.ID, nil, k.version)
	if err != nil {
		return err
	}
	return l.apply(ctx, w)
}
