package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (s suite) compareAndSwap(t *testing.T) {
	ctx := context.Background()
	alive, dead := setting("k", 5, `{"v":"old"}`), tombstone(record.KindSetting, "k", 5)
	for _, c := range []struct {
		name   string
		stored *record.Record
		have   record.Version
		holds  bool
	}{
		{"absent, and absent demanded", nil, "", true},
		{"absent, but a version demanded", nil, stamp(5), false},
		{"stored, and absent demanded", &alive, "", false},
		{"stored in the demanded version", &alive, stamp(5), true},
		{"stored, but an older version demanded", &alive, stamp(4), false},
		{"stored, but a newer version demanded", &alive, stamp(6), false},
		{"deleted, and absent demanded", &dead, "", false},
		{"deleted in the demanded version", &dead, stamp(5), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := s.open(t)
			if c.stored != nil {
				put(t, st, *c.stored)
			}
			before := get(t, st, alive.Key())
			next := setting("k", 9, `{"v":"new"}`)
			res, err := st.Apply(ctx, store.PutIf(next, c.have))
			if !c.holds {
				wantCode(t, err, fault.Conflict)
				want(t, "stored after a conflict", show(get(t, st, next.Key())), show(before))
				return
			}
			must(t, err)
			want(t, "won", res.Won[0], true)
			want(t, "stored", show(get(t, st, next.Key())), show(next))
		})
	}
}

// concurrentUpdates has several writers count one record up; none of their steps may be lost.
func (s suite) concurrentUpdates(t *testing.T) {
	const writers, steps = 4, 10
	st := s.open(t)
	k := record.Key{Kind: record.KindSetting, ID: "counter"}
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for w := range writers {
		wg.Go(func() {
			clock := record.NewClock(fmt.Sprintf("w%d", w), time.Now)
			for range steps {
				if errs[w] = increment(st, clock, k); errs[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		must(t, err)
	}
	want(t, "counter", string(get(t, st, k).Body), fmt.Sprintf(`{"n":%d}`, writers*steps))
}

func increment(st store.Store, clock *record.Clock, k record.Key) error {
	_, err := store.Update(context.Background(), st, clock, k, func(r *record.Record) error {
		var body struct {
			N int `json:"n"`
		}
		if r.Version != "" {
			if err := json.Unmarshal(r.Body, &body); err != nil {
				return err
			}
		}
		r.Body = fmt.Appendf(nil, `{"n":%d}`, body.N+1)
		return nil
	})
	return err
}

func (s suite) atomicBatch(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	held := setting("held", 5, `{"v":1}`)
	before := put(t, st, held)
	fresh, update := setting("fresh", 6, `{}`), setting("held", 7, `{"v":2}`)
	bad := setting("bad", 8, `[]`)
	for name, batch := range map[string][]store.Write{
		"condition last":  {store.Put(fresh), store.Put(update), store.PutIf(setting("other", 9, `{}`), stamp(1))},
		"condition first": {store.PutIf(setting("other", 9, `{}`), stamp(1)), store.Put(fresh), store.Put(update)},
		"bad record":      {store.Put(fresh), store.Put(update), store.Put(bad)},
	} {
		_, err := st.Apply(ctx, batch...)
		if code := fault.CodeOf(err); code != fault.Conflict && code != fault.Invalid {
			t.Fatalf("%s: the batch answers %v", name, err)
		}
		want(t, name+": held", show(get(t, st, held.Key())), show(held))
		want(t, name+": fresh", get(t, st, fresh.Key()).Version, "")
		records, seq := follow(t, st, 0, 0)
		sameRecords(t, name+": feed", records, []record.Record{held})
		want(t, name+": number", seq, before.Seq)
	}
	res, err := st.Apply(ctx, store.PutIf(update, stamp(5)), store.Put(setting("fresh", 1, `{}`)), store.PutIf(setting("third", 3, `{}`), ""))
	must(t, err)
	want(t, "all won", fmt.Sprint(res.Won), "[true true true]")
}

// wholeBatches writes two records together while another goroutine reads them together.
func (s suite) wholeBatches(t *testing.T) {
	const rounds = 40
	st := s.open(t)
	a, b := record.Key{Kind: record.KindSetting, ID: "a"}, record.Key{Kind: record.KindRun, ID: "b"}
	done := make(chan error, 1)
	go func() {
		var err error
		for i := 1; i <= rounds && err == nil; i++ {
			left, right := setting("a", i, `{}`), record.Record{Kind: b.Kind, ID: b.ID, Version: stamp(i), Body: []byte(`{}`)}
			_, err = st.Apply(context.Background(), store.Put(left), store.Put(right))
		}
		done <- err
	}()
	for {
		out, err := st.Get(context.Background(), a, b)
		must(t, err)
		want(t, "versions of two records written together", out[0].Version, out[1].Version)
		select {
		case err := <-done:
			must(t, err)
			return
		case <-time.After(time.Millisecond): // in a browser only an idle program lets events in
		}
	}
}

func (s suite) tombstones(t *testing.T) {
	st := s.open(t)
	put(t, st, message("a", 1, "c", "apple"), message("b", 2, "c", "banana"))
	put(t, st, tombstone(record.KindMessage, "a", 3), tombstone(record.KindMessage, "never", 3))
	want(t, "by key", show(get(t, st, key("a"))), show(tombstone(record.KindMessage, "a", 3)))
	want(t, "listed", ids(list(t, st, store.Query{Kind: record.KindMessage})), "b")
	want(t, "listed with tombstones", ids(list(t, st, store.Query{Kind: record.KindMessage, Deleted: true})), "a b never")
	want(t, "indexed", ids(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c"})), "b")
	records, _ := follow(t, st, 0, 0)
	want(t, "feed", ids(records), "b a never")

	want(t, "an older write wins over a tombstone", put(t, st, message("a", 2, "c", "late")).Won[0], false)
	want(t, "a newer write wins over a tombstone", put(t, st, message("a", 4, "c", "again")).Won[0], true)
	want(t, "listed again", ids(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c"})), "a b")
}
