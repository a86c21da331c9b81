package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (s suite) changes(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	put(t, st, message("a", 1, "c", "1"), message("b", 1, "c", "1"), setting("s", 1, `{}`))
	first, middle := follow(t, st, 0, 2)
	want(t, "first", ids(first), "a b s")
	put(t, st, message("a", 2, "c", "2"))
	put(t, st, message("d", 2, "c", "2"))
	put(t, st, message("b", 1, "c", "dropped"))
	put(t, st, message("a", 3, "c", "3"))
	put(t, st, tombstone(record.KindMessage, "d", 4))
	later, head := follow(t, st, middle, 1)
	sameRecords(t, "later", later, []record.Record{message("a", 3, "c", "3"), tombstone(record.KindMessage, "d", 4)})
	whole, _ := follow(t, st, 0, 0)
	want(t, "from the start", ids(whole), "b s a d")
	none, err := st.Changes(ctx, head, 0)
	must(t, err)
	want(t, "at the end", len(none.Records), 0)
	want(t, "number at the end", none.Seq, head)
	want(t, "more at the end", none.More, false)
	exact, err := st.Changes(ctx, middle, 2)
	must(t, err)
	want(t, "more when the page holds exactly the rest", exact.More, false)
	_, err = st.Changes(ctx, head+1, 0)
	wantCode(t, err, fault.Invalid)
	for _, limit := range []int{-1, store.MaxPage + 1} {
		_, err = st.Changes(ctx, 0, limit)
		wantCode(t, err, fault.Invalid)
	}
}

// batchNumbers is what a replica counts on: it knows by their numbers which of its changes came from a partner.
func (s suite) batchNumbers(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	put(t, st, message("a", 2, "c", "1"))
	_, before := follow(t, st, 0, 0)
	result, err := st.Apply(ctx, store.Put(message("z", 1, "c", "1")), store.Put(message("a", 1, "c", "loses")),
		store.Put(setting("s", 1, `{}`)), store.Put(message("b", 1, "c", "1")))
	must(t, err)
	want(t, "the number after the batch", result.Seq, before+3)
	for n, id := range []string{"z", "s", "b"} {
		feed, err := st.Changes(ctx, before+uint64(n), 1) //nolint:gosec // three
		must(t, err)
		want(t, "the change after "+fmt.Sprint(before+uint64(n)), ids(feed.Records), id) //nolint:gosec // three
		want(t, "its number", feed.Seq, before+uint64(n)+1)                              //nolint:gosec // three
	}
}

// followChanges has writers at work while a reader follows: in the end the reader has every record's newest state.
func (s suite) followChanges(t *testing.T) {
	const writers, rounds = 3, 30
	st := s.open(t)
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			for i := 0; i < rounds && errs[w] == nil; i++ {
				_, errs[w] = st.Apply(context.Background(), store.Put(message(fmt.Sprintf("w%d-%d", w, i%7), i+1, "c", "x")))
			}
		})
	}
	stopped := make(chan struct{})
	go func() { wg.Wait(); close(stopped) }()
	seen, since := map[record.Key]record.Version{}, uint64(0)
	for last := false; !last; {
		select {
		case <-stopped:
			last = true
		case <-time.After(time.Millisecond): // in a browser only an idle program lets events in
		}
		var records []record.Record
		records, since = follow(t, st, since, 5)
		for _, r := range records {
			if r.Version <= seen[r.Key()] {
				t.Fatalf("%s came again in version %s", r.ID, r.Version)
			}
			seen[r.Key()] = r.Version
		}
	}
	for _, err := range errs {
		must(t, err)
	}
	all := list(t, st, store.Query{Kind: record.KindMessage})
	want(t, "records seen", len(seen), len(all))
	for _, r := range all {
		want(t, "version seen of "+r.ID, seen[r.Key()], r.Version)
	}
}

func (s suite) reopened(t *testing.T) {
	if s.Reopen == nil {
		t.Skip("this backend keeps nothing")
	}
	st := s.open(t)
	put(t, st, message("a", 1, "c", "apple"), message("b", 2, "c", "banana"), setting("s", 3, `{"x":"y"}`))
	_, middle := follow(t, st, 0, 0)
	res := put(t, st, message("a", 4, "d", "avocado"), tombstone(record.KindMessage, "b", 5))
	before, _ := follow(t, st, 0, 0)
	st = s.Reopen(t, st)
	t.Cleanup(func() { _ = st.Close() }) // closing twice is allowed

	after, head := follow(t, st, 0, 1)
	sameRecords(t, "feed", after, before)
	want(t, "number", head, res.Seq)
	resumed, _ := follow(t, st, middle, 0)
	want(t, "resumed", ids(resumed), "a b")
	want(t, "index", ids(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "d"})), "a")
	want(t, "old version wins", put(t, st, message("a", 2, "c", "old")).Won[0], false)
	if next := put(t, st, setting("new", 6, `{}`)); next.Seq <= res.Seq {
		t.Fatalf("the number went from %d back to %d", res.Seq, next.Seq)
	}
	hits, err := store.Search(context.Background(), st, store.TextQuery{Kind: record.KindMessage, Words: "avocado"})
	must(t, err)
	want(t, "found", len(hits), 1)
}
