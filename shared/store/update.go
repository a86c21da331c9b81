package store

import (
	"bytes"
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

// maxTries bounds how often Update repeats a change that others keep overtaking.
const maxTries = 32

// Update reads a record, lets change edit it, and writes it back on condition that nobody wrote in between; otherwise it
// starts again with the newer state. change sees a record without version when nothing is stored, may run several
// times, and sets Body or Deleted; when it leaves both as they are nothing is written. The new version is stamped by
// clock. The answer is the stored record.
func Update(ctx context.Context, s Store, clock *record.Clock, key record.Key, change func(*record.Record) error) (record.Record, error) {
	for range maxTries {
		r, err := tryUpdate(ctx, s, clock, key, change)
		if fault.CodeOf(err) != fault.Conflict {
			return r, err
		}
	}
	return record.Record{}, fault.New(fault.Conflict, "the %s %s changes too often to be updated", key.Kind, quoted(key.ID)).
		WithRemedy("try again in a moment")
}

func tryUpdate(ctx context.Context, s Store, clock *record.Clock, key record.Key, change func(*record.Record) error) (record.Record, error) {
	found, err := s.Get(ctx, key)
	if err != nil {
		return record.Record{}, err
	}
	held := found[0]
	next := held
	next.Body = bytes.Clone(held.Body)
	if err := change(&next); err != nil {
		return held, stopped(err)
	}
	if next.Deleted == held.Deleted && bytes.Equal(next.Body, held.Body) {
		return held, nil
	}
	if err := clock.Observe(held.Version); err != nil {
		return held, err
	}
	next.Kind, next.ID, next.Version = key.Kind, key.ID, clock.Next()
	_, err = s.Apply(ctx, PutIf(next, held.Version))
	return next, err
}

// stopped keeps a conflict that change itself reports from looking like one of the store's, which would be retried.
func stopped(err error) error {
	if fault.CodeOf(err) == fault.Conflict {
		return fault.Wrap(fault.Invalid, err, fault.Public(err).Message)
	}
	return err
}
