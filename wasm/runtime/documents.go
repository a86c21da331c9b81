package runtime

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
)

// documents are what answers are made from: those that this browser keeps, and beside them those of a kai that is connected.
//
// What was added without kai stays here and is found here; what is added while kai is connected is kai's, but for a changed
// file of a document that is here.
type documents struct {
	here *library.Library
	kai  *companion
}

// openDocuments prepares them. A web app's copy keeps none: it is seen only while its kai is away, and so would they be.
func (r *Runtime) openDocuments(gateway service.Gateway) *documents {
	d := r.deps
	if strings.HasPrefix(d.Browser, "web-") {
		return nil
	}
	here := library.New(library.Options{
		Store: d.Store, Clock: r.clock, Now: d.Now, NewID: func() string { return record.NewID(d.Now()) },
		Embedder: library.NewServices(r.connected, gateway, func() []service.Spec { return nil }),
		Index:    r.indexSoon, Changed: func() {}, Log: d.Log,
	})
	return &documents{here, r.companion}
}

func (r *Runtime) connected(ctx context.Context) ([]service.Spec, error) {
	return r.assistant.Connected(ctx)
}

// indexSoon has the vectors of a document made here. One that waits for its model is gone on with when the person says so.
func (r *Runtime) indexSoon(_ context.Context, document string) error {
	r.work.Go(func() {
		r.busy.set(document, true)
		defer r.busy.set(document, false)
		err := r.documents.here.Index(r.life, document, func(int, int) {})
		if err != nil && r.life.Err() == nil {
			r.deps.Log.Warn("a document waits", "document", document, "err", err)
		}
	})
	return nil
}

// resume goes on with what an earlier life left.
func (d *documents) resume(ctx context.Context, log *logs.Logger) {
	if err := d.here.Resume(ctx); err != nil && ctx.Err() == nil {
		log.Warn("documents that were being read wait", "err", err)
	}
}

// serve answers the methods of knowledge.
func (d *documents) serve(ctx context.Context, q *protocol.Request) (any, error) {
	switch q.Method {
	case library.MethodKnowledgeList:
		return d.list(ctx, q)
	case library.MethodKnowledgeFind:
		var in library.FindPassages
		if err := q.Decode(&in); err != nil {
			return nil, err
		}
		return d.find(ctx, in)
	case library.MethodKnowledgeAdd:
		var in library.AddDocument
		if err := q.Decode(&in); err != nil {
			return nil, err
		}
		if d.kai.connected() && !d.here.Has(ctx, func(k library.Document) bool {
			return in.Source != "" && k.Source == in.Source && k.Collection == in.Collection
		}) {
			return d.kai.forward(ctx, q)
		}
	default: // of one document
		var in library.ByDocument
		if err := json.Unmarshal(q.Body, &in); err != nil {
			return nil, fault.Wrap(fault.Malformed, err, "the request cannot be read")
		}
		if !d.kai.absent() && !d.here.Has(ctx, func(k library.Document) bool { return k.ID == in.ID }) {
			return d.kai.forward(ctx, q)
		}
	}
	return d.here.Methods().Serve(ctx, q)
}

// list gives kai's documents and those that are here beside them; without kai those that are here.
func (d *documents) list(ctx context.Context, q *protocol.Request) (any, error) {
	own, err := d.here.List(ctx, struct{}{})
	if err != nil || !d.kai.connected() {
		return own, err
	}
	var all library.Knowledge
	if err := d.ask(ctx, q, &all); err != nil {
		own.Notice = strings.TrimSpace("The documents of kai are missing: " + fault.Public(err).Words() + ". " + own.Notice)
		return own, nil
	}
	if len(own.Documents) > 0 {
		all.Here = &own
	}
	return all, nil
}

// find looks in both places, and takes turns between what is best in each: their ranks compare, their scores don't.
func (d *documents) find(ctx context.Context, in library.FindPassages) (library.FoundPassages, error) {
	out, err := d.here.Find(ctx, in)
	if err != nil || d.kai.absent() {
		return out, err
	}
	var more library.FoundPassages
	body, err := json.Marshal(in)
	if err == nil {
		err = d.ask(ctx, &protocol.Request{Method: library.MethodKnowledgeFind, Body: body}, &more)
	}
	if err != nil {
		for _, c := range in.Collections {
			if !d.here.Has(ctx, func(k library.Document) bool { return k.Collection == c && k.Trashed == "" }) {
				return out, err // what is asked for may be there alone
			}
		}
		out.Notice = strings.TrimSpace("The documents of kai were not looked through: " + fault.Public(err).Words() + ". " + out.Notice)
		return out, nil
	}
	if len(out.Passages) == 0 {
		return more, nil
	}
	out.Notice = cmp.Or(more.Notice, out.Notice)
	out.Passages = turns(more.Passages, out.Passages)
	out.Passages = out.Passages[:min(cmp.Or(in.Limit, library.UsualFound), len(out.Passages))]
	return out, nil
}

// ask has kai answer.
func (d *documents) ask(ctx context.Context, q *protocol.Request, out any) error {
	said, err := d.kai.forward(ctx, q)
	if err == nil {
		err = json.Unmarshal(said, out)
	}
	return err
}

// turns takes turns between two lists.
func turns[T any](a, b []T) (out []T) {
	for i := range max(len(a), len(b)) {
		for _, list := range [][]T{a, b} {
			out = append(out, list[min(i, len(list)):min(i+1, len(list))]...)
		}
	}
	return out
}

// connected says whether kai can be asked.
func (c *companion) connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulse != nil
}

// absent says whether there is no kai that could be away: none is installed.
func (c *companion) absent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulse == nil && c.state.State == assistant.CompanionAbsent
}
