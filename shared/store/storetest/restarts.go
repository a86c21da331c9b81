package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// feedAcrossRestarts writes and follows a little between one restart and the next: in the end the follower has seen
// every record's newest state, and no state twice.
func (s suite) feedAcrossRestarts(t *testing.T) {
	if s.Reopen == nil {
		t.Skip("this backend keeps nothing")
	}
	rng, st := rand.New(rand.NewPCG(7, 0)), s.open(t)
	seen, newest, since := map[record.Key]record.Version{}, map[record.Key]record.Version{}, uint64(0)
	for round := range 12 {
		for i := range 5 {
			r := message(fmt.Sprintf("m%d", rng.IntN(9)), round*5+i+1, "c", "x")
			if rng.IntN(4) == 0 {
				r = tombstone(record.KindMessage, r.ID, round*5+i+1)
			}
			put(t, st, r)
			newest[r.Key()] = r.Version
		}
		since = s.followSome(t, st, seen, since, 1+rng.IntN(3))
		st = s.Reopen(t, st)
		t.Cleanup(func() { _ = st.Close() }) // closing twice is allowed
	}
	records, head := follow(t, st, since, 2)
	noteSeen(t, seen, records)
	for k, version := range newest {
		want(t, "version seen of "+k.ID, seen[k], version)
	}
	again, _ := follow(t, st, head, 0)
	want(t, "changes after the end", len(again), 0)
}

// followSome reads a page of the feed and answers where the next one starts.
func (s suite) followSome(t *testing.T, st store.Store, seen map[record.Key]record.Version, since uint64, limit int) uint64 {
	t.Helper()
	feed, err := st.Changes(context.Background(), since, limit)
	must(t, err)
	noteSeen(t, seen, feed.Records)
	return feed.Seq
}

// noteSeen fails on a state that was seen before.
func noteSeen(t *testing.T, seen map[record.Key]record.Version, records []record.Record) {
	t.Helper()
	for _, r := range records {
		if r.Version <= seen[r.Key()] {
			t.Fatalf("%s came again in version %s, after %s", r.ID, r.Version, seen[r.Key()])
		}
		seen[r.Key()] = r.Version
	}
}

// pagingBesideWriters pages through again and again while writers are at work on other records.
func (s suite) pagingBesideWriters(t *testing.T) {
	st := s.open(t)
	for i := range 40 {
		put(t, st, message(fmt.Sprintf("m%03d", i*10), 1, "c", "stays"))
	}
	stop, wg, errs := make(chan struct{}), sync.WaitGroup{}, make([]error, 2)
	for w := range errs {
		wg.Go(func() { errs[w] = disturbUntil(stop, st, w) })
	}
	for _, q := range []store.Query{{}, {Reverse: true}, {Index: "conversation", Equal: "c"}, {Index: "conversation", Reverse: true}} {
		q.Kind, q.Limit = record.KindMessage, 7
		times := map[string]int{}
		for _, r := range list(t, st, q) {
			times[r.ID]++
		}
		for i := range 40 {
			id := fmt.Sprintf("m%03d", i*10)
			want(t, fmt.Sprintf("%+v: times that %s was seen", q, id), times[id], 1)
		}
	}
	close(stop)
	wg.Wait()
	for _, err := range errs {
		must(t, err)
	}
}

// disturbUntil adds and deletes records between those that stay.
func disturbUntil(stop <-chan struct{}, st store.Store, writer int) error {
	rng := rand.New(rand.NewPCG(uint64(writer), 1)) //nolint:gosec // small
	for i := 1; ; i++ {
		select {
		case <-stop:
			return nil
		case <-time.After(time.Millisecond): // in a browser only an idle program lets events in
		}
		id := fmt.Sprintf("m%03d", rng.IntN(40)*10+1+writer)
		r := message(id, i, "c", "comes")
		if i%3 == 0 {
			r = tombstone(record.KindMessage, id, i)
		}
		if _, err := st.Apply(context.Background(), store.Put(r)); err != nil {
			return err
		}
	}
}
