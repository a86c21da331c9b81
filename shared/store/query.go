package store

import (
	"context"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

// CheckQuery is the static check of List. It returns the query with its limit filled in and the decoded place to go on
// from (nil on the first page).
func (k Kinds) CheckQuery(q Query) (Query, *Cursor, error) {
	spec, err := k.Spec(q.Kind)
	if err != nil {
		return q, nil, err
	}
	if q.Index != "" && !slices.Contains(spec.Indexes, q.Index) {
		return q, nil, fault.New(fault.Invalid, "%s has no index %s", q.Kind, quoted(q.Index)).WithField("index").
			WithRemedy("use one of %q", spec.Indexes)
	}
	if err := checkRange(q); err != nil {
		return q, nil, err
	}
	if q.Limit, err = CheckLimit(q.Limit); err != nil {
		return q, nil, err
	}
	cursor, err := decodeCursor(q)
	return q, cursor, err
}

func checkRange(q Query) error {
	switch {
	case q.Equal != "" && (q.From != "" || q.To != ""):
		return fault.New(fault.Invalid, "equal excludes from and to").WithField("equal").WithRemedy("use one of them")
	case q.Deleted && q.Index != "":
		return fault.New(fault.Invalid, "deleted records are in no index").WithField("deleted").
			WithRemedy("list them in the order of ids")
	case max(len(q.Equal), len(q.From), len(q.To)) > MaxIndexBytes:
		return fault.New(fault.Invalid, "a bound has at most %d bytes", MaxIndexBytes).WithField("from").
			WithRemedy("shorten equal, from and to")
	}
	return nil
}

// CheckLimit fills in the default page size and refuses one over the limit; List and Changes share it.
func CheckLimit(limit int) (int, error) {
	switch {
	case limit == 0:
		return DefaultPage, nil
	case limit < 0 || limit > MaxPage:
		return 0, fault.New(fault.Invalid, "a page has 1 to %d records, not %d", MaxPage, limit).WithField("limit").
			WithRemedy("ask for a smaller page")
	}
	return limit, nil
}

// CheckSince refuses a sequence number that the store has not reached: the caller's number is from another store.
func CheckSince(since, head uint64) error {
	if since > head {
		return fault.New(fault.Invalid, "the change feed ends at %d, before %d", head, since).WithField("since").
			WithRemedy("this is another or a fresh store: start again from 0")
	}
	return nil
}

// Range gives the bounds of a query on its order key as from (inclusive) and to (exclusive, "" = open).
// The successor of Equal in byte order is Equal followed by a NUL, which no key contains.
func (q Query) Range() (from, to string) {
	if q.Equal != "" {
		return q.Equal, q.Equal + "\x00"
	}
	return q.From, q.To
}

// Ended answers nil while ctx lives, otherwise its fault (Canceled or Timeout) with what was being done.
func Ended(ctx context.Context, doing string) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "stopped while "+doing)
	}
	return nil
}

// Closed is what every method of a closed store answers.
func Closed() error {
	return fault.New(fault.Unavailable, "the record store is closed").WithRemedy("open it again")
}

// Conflict is what Apply answers when a condition does not hold; held is the version stored now ("" = none).
func Conflict(key record.Key, held record.Version) error {
	state := "has changed to version " + string(held)
	if held == "" {
		state = "is not stored"
	}
	return fault.New(fault.Conflict, "the %s %s %s", key.Kind, quoted(key.ID), state).WithField("if").
		WithRemedy("read it again and repeat the change")
}
