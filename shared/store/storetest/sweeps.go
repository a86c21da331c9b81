package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// openSweeper opens a store that forgets deletions; a backend that does not is done.
func (s suite) openSweeper(t *testing.T) (store.Store, store.Sweeper) {
	t.Helper()
	st := s.open(t)
	sweeper, ok := st.(store.Sweeper)
	if !ok {
		t.Skip(s.Gaps[Sweep])
	}
	return st, sweeper
}

func (s suite) sweeps(t *testing.T) {
	ctx := context.Background()
	st, sweeper := s.openSweeper(t)
	gone, back, again, alive, kept := tombstone(record.KindMessage, "gone", 2), tombstone(record.KindMessage, "back", 2),
		tombstone(record.KindMessage, "again", 2), message("alive", 1, "c", "apple"), tombstone(record.KindMessage, "kept", 2)
	other, ghost := tombstone(record.KindSetting, "gone", 2), tombstone("ghost", "gone", 2)
	put(t, st, message("gone", 1, "c", "apple"), setting("gone", 1, `{}`))
	put(t, st, gone, back, again, alive, kept, other)
	put(t, st, message("back", 3, "c", "apple"), tombstone(record.KindMessage, "again", 3))
	put(t, st, setting("newest", 1, `{}`))

	must(t, sweeper.Sweep(ctx, gone, back, again, alive, tombstone(record.KindMessage, "never", 2), tombstone(record.KindMessage, "kept", 3), ghost))
	want(t, "what is left", ids(list(t, st, store.Query{Kind: record.KindMessage, Deleted: true})), "again alive back kept")
	want(t, "of another kind", get(t, st, other.Key()).Deleted, true)
	want(t, "written since", get(t, st, back.Key()).Version, stamp(3))
	want(t, "deleted again since", get(t, st, again.Key()).Version, stamp(3))
	want(t, "forgotten", get(t, st, gone.Key()).Version, "")
	want(t, "index", ids(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c"})), "alive back")
	want(t, "found", found(find(t, st, "apple", 0)), "back alive")
	must(t, sweeper.Sweep(ctx, gone)) // twice does no harm
	want(t, "an old version of what is forgotten wins", put(t, st, message("gone", 1, "c", "pear")).Won[0], true)

	stopped, cancel := context.WithCancel(ctx)
	cancel()
	wantCode(t, sweeper.Sweep(stopped, kept), fault.Canceled)
	want(t, "after a sweep that was stopped", get(t, st, kept.Key()).Deleted, true)
	must(t, st.Close())
	wantCode(t, sweeper.Sweep(ctx, kept), fault.Unavailable)
}

// sweepsFeed forgets deletions among records that lie close together, and the newest change of all.
func (s suite) sweepsFeed(t *testing.T) {
	const records = 40
	ctx := context.Background()
	st, sweeper := s.openSweeper(t)
	var all, dead []record.Record
	for i := range records {
		all = append(all, message(fmt.Sprintf("m%03d", i*7%records), 1, "c", "x"))
	}
	must(t, store.Load(ctx, st, all))
	for i := range records / 2 {
		dead = append(dead, tombstone(record.KindMessage, fmt.Sprintf("m%03d", 39-2*i), 2))
	}
	head := put(t, st, dead...).Seq
	before, _ := follow(t, st, 0, 7)
	must(t, sweeper.Sweep(ctx, dead...))
	s.holdsSwept(t, st, before, head)
	if s.Reopen != nil {
		st = s.Reopen(t, st)
		t.Cleanup(func() { _ = st.Close() }) // closing twice is allowed
		s.holdsSwept(t, st, before, head)
	}
	want(t, "the next number", put(t, st, message("m039", 3, "c", "back")).Seq, head+1)
	want(t, "found by key", get(t, st, key("m038")).Version, stamp(1))
	want(t, "records", len(list(t, st, store.Query{Kind: record.KindMessage})), records/2+1)
}

// holdsSwept compares a feed with what it was before: all but the deletions is there, and the newest of those.
func (s suite) holdsSwept(t *testing.T, st store.Store, before []record.Record, head uint64) {
	t.Helper()
	expected := []record.Record{}
	for i, r := range before {
		if !r.Deleted || i == len(before)-1 {
			expected = append(expected, r)
		}
	}
	for _, limit := range []int{1, 7, 0} {
		feed, end := follow(t, st, 0, limit)
		sameRecords(t, fmt.Sprintf("feed in pages of %d", limit), feed, expected)
		want(t, "its end", end, head)
	}
	for since := range head {
		feed, err := st.Changes(context.Background(), since, 1)
		must(t, err)
		want(t, fmt.Sprintf("changes after %d", since), len(feed.Records), 1)
	}
	for _, r := range expected {
		want(t, "state of "+r.ID, show(get(t, st, r.Key())), show(r))
	}
}

// sweepsBesideWriter has a writer bring back what is swept: it must not lose a write.
func (s suite) sweepsBesideWriter(t *testing.T) {
	ctx := context.Background()
	st, sweeper := s.openSweeper(t)
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- bringBack(stop, st) }()
	for round := range 30 {
		for _, r := range list(t, st, store.Query{Kind: record.KindMessage, Deleted: true}) {
			must(t, sweeper.Sweep(ctx, record.Record{Kind: r.Kind, ID: r.ID, Version: r.Version, Deleted: true}))
		}
		put(t, st, setting("round", round+1, `{}`))
	}
	close(stop)
	must(t, <-done)
}

// bringBack deletes a record and writes it again, and looks each time whether it is there.
func bringBack(stop <-chan struct{}, st store.Store) error {
	for i := 1; ; i += 2 {
		select {
		case <-stop:
			return nil
		default:
		}
		id := fmt.Sprintf("m%d", i%6)
		if _, err := st.Apply(context.Background(), store.Put(tombstone(record.KindMessage, id, i))); err != nil {
			return err
		}
		if _, err := st.Apply(context.Background(), store.Put(message(id, i+1, "c", "x"))); err != nil {
			return err
		}
		held, err := st.Get(context.Background(), key(id))
		if err != nil || held[0].Version != stamp(i+1) {
			return fmt.Errorf("%s is at %q, %d was written: %w", id, held[0].Version, i+1, err)
		}
	}
}
