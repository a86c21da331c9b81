// Package journal keeps runs in a record store, so that a run survives the process that makes it.
//
// Imports shared/{run,record,store,fault} and the standard library.
package journal

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// Kind is the kind of the journal's records. It is none of the kinds that belong to a person: exports and views don't see
// it, and a browser, whose assistant keeps its answers itself, has no place for it.
const Kind record.Kind = "journal"

// Schema is what a store that holds the journal is opened with, beside store.Schema.
func Schema() []store.KindSpec { return []store.KindSpec{{Kind: Kind}} }

// Store is a run.Journal over a record store, in records of Kind with the run's id.
type Store struct {
	store store.Store
	clock *record.Clock
}

// New makes a journal in s; clock stamps its records.
func New(s store.Store, clock *record.Clock) *Store { return &Store{store: s, clock: clock} }

// Save writes a run over what was there of it.
func (j *Store) Save(ctx context.Context, s run.Saved) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "a run cannot be written as JSON")
	}
	_, err = j.store.Apply(ctx, store.Put(record.Record{Kind: Kind, ID: s.Spec.ID, Version: j.clock.Next(), Body: body}))
	return err
}

// Load reads a run; fault.NotFound when there is none.
func (j *Store) Load(ctx context.Context, id string) (run.Saved, error) {
	found, err := j.store.Get(ctx, record.Key{Kind: Kind, ID: id})
	if err != nil {
		return run.Saved{}, err
	}
	if len(found) != 1 || found[0].Version == "" || found[0].Deleted {
		return run.Saved{}, fault.New(fault.NotFound, "there is no run %q here", id)
	}
	return read(found[0])
}

// All reads every run. A record that cannot be read is passed over: one bad record must not keep kAI from starting.
func (j *Store) All(ctx context.Context) ([]run.Saved, error) {
	var out []run.Saved
	for query := (store.Query{Kind: Kind}); ; {
		page, err := j.store.List(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			if s, err := read(r); err == nil {
				out = append(out, s)
			}
		}
		if query.After = page.Next; query.After == "" {
			return out, nil
		}
	}
}

// forgetBatch is how many runs one write erases.
const forgetBatch = 500

// Forget removes runs.
func (j *Store) Forget(ctx context.Context, ids ...string) error {
	for some := range slices.Chunk(ids, forgetBatch) {
		batch := make([]store.Write, len(some))
		for i, id := range some {
			batch[i] = store.Put(record.Record{Kind: Kind, ID: id, Version: j.clock.Next(), Deleted: true})
		}
		if _, err := j.store.Apply(ctx, batch...); err != nil {
			return err
		}
	}
	return nil
}

func read(r record.Record) (run.Saved, error) {
	var s run.Saved
	if err := json.Unmarshal(r.Body, &s); err != nil || s.Spec.ID != r.ID {
		return run.Saved{}, fault.Wrap(fault.Malformed, err, "the journal's record of run "+r.ID+" cannot be read")
	}
	return s, nil
}
