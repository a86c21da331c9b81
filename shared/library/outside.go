package library

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/knowledge"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Vectors is a store of vectors outside, which looks for the nearest in place of the library. The library keeps them too: what
// is outside can be made anew.
type Vectors interface {
	// Put adds the vectors of passages of a document.
	Put(ctx context.Context, model, document string, passages []string, vectors [][]float32) error
	// Remove deletes those of a document.
	Remove(ctx context.Context, model, document string) error
	// Count is how many there are of a model; fault.Unavailable when nobody answers.
	Count(ctx context.Context, model string) (int, error)
	// Nearest lists the passages of some documents that are nearest to a question, the nearest first.
	Nearest(ctx context.Context, model string, question []float32, documents []string, n int) ([]string, error)
	// Clear deletes all of a model.
	Clear(ctx context.Context, model string) error
}

// vectors is the store of vectors outside, where there is one.
func (l *Library) vectors(ctx context.Context) Vectors {
	if l.opt.Vectors == nil {
		return nil
	}
	return l.opt.Vectors(ctx)
}

// outside asks the store of vectors outside. It is not asked while it has other vectors than the library: those are brought
// up first. The error says why the library looks by itself.
func (l *Library) outside(ctx context.Context, v Vectors, model string, question []float32, all shelf) (knowledge.Ranking, error) {
	docs, err := l.all(ctx)
	if err != nil {
		return nil, err
	}
	want := 0
	for _, d := range docs {
		if d.Model == model {
			want += d.Done
		}
	}
	have, err := v.Count(ctx, model)
	if err != nil {
		return nil, err
	}
	if have != want {
		return nil, errors.Join(fault.New(fault.Conflict, "the vectors outside are being brought up"), l.opt.Refill(ctx, model))
	}
	ids, err := v.Nearest(ctx, model, question, all.documents, rankedDepth)
	if err != nil {
		return nil, err
	}
	number := make(map[string]int, len(all.ids))
	for i, id := range all.ids {
		number[id] = i
	}
	out := knowledge.Ranking{}
	for _, id := range ids {
		if i, here := number[id]; here {
			out = append(out, i)
		}
	}
	return out, nil
}

// Refill gives all vectors of a model to the store outside anew.
func (l *Library) Refill(ctx context.Context, model string, report func(done, total int)) error {
	outside := l.vectors(ctx)
	if outside == nil {
		return nil // it was disconnected
	}
	if err := outside.Clear(ctx, model); err != nil {
		return err
	}
	docs, err := l.all(ctx)
	if err != nil {
		return err
	}
	for i, d := range docs {
		report(i, len(docs))
		if d.Model != model {
			continue
		}
		q := store.Query{Kind: record.KindVector, Index: "document", Equal: d.ID}
		err := l.each(ctx, q, func(r record.Record) error {
			var v vectors
			if err := json.Unmarshal(r.Body, &v); err != nil || v.Model != model {
				return nil //nolint:nilerr // what cannot be read is not looked for either
			}
			return putOutside(ctx, outside, v)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ClearOutside deletes all vectors outside; a Refill brings them back.
func (l *Library) ClearOutside(ctx context.Context) error {
	outside := l.vectors(ctx)
	if outside == nil {
		return nil
	}
	docs, err := l.all(ctx)
	cleared := map[string]bool{"": true}
	for _, d := range docs {
		if !cleared[d.Model] {
			cleared[d.Model] = true
			err = errors.Join(err, outside.Clear(ctx, d.Model))
		}
	}
	return err
}

func putOutside(ctx context.Context, outside Vectors, v vectors) error {
	made, ids := make([][]float32, v.Count), make([]string, v.Count)
	for i := range ids {
		ids[i] = passageID(v.Document, v.First+i)
	}
	v.First = 0
	v.into(made)
	return outside.Put(ctx, v.Model, v.Document, ids, made)
}

// followOutside does outside what was done here. What fails is made good by the next Refill: the counts differ.
func (l *Library) followOutside(ctx context.Context, do func(Vectors) error) {
	outside := l.vectors(ctx)
	if outside == nil {
		return
	}
	if err := do(outside); err != nil {
		l.opt.Log.Info("the store of vectors outside was not told", "error", err)
	}
}
