package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// benchRecords is the load of the benchmarks: 20,000 messages in 1,000 conversations.
const benchRecords = 20_000

// Bench measures what a person waits for: loading, one write, reads by key, pages, search. open makes an empty store.
func Bench(b *testing.B, open func(testing.TB) store.Store) {
	b.Helper()
	records := benchMessages()
	b.Run("bulk put 20000", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			st := open(b)
			b.StartTimer()
			benchMust(b, store.Load(context.Background(), st, records))
			b.StopTimer()
			benchMust(b, st.Close())
			b.StartTimer()
		}
		b.ReportMetric(float64(benchRecords)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	})
	st := open(b)
	defer st.Close() //nolint:errcheck // the benchmark is over
	benchMust(b, store.Load(context.Background(), st, records))
	b.Run("put 1", func(b *testing.B) { benchPut(b, st) })
	b.Run("get 20", func(b *testing.B) { benchGet(b, st) })
	b.Run("list 200", func(b *testing.B) {
		benchList(b, st, store.Query{Kind: record.KindMessage, Limit: 200, Reverse: true}, 200)
	})
	b.Run("list a conversation", func(b *testing.B) {
		benchList(b, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c0500"}, benchRecords/1000)
	})
	b.Run("search", func(b *testing.B) { benchSearch(b, st, "needle 77", 0) })
	b.Run("search a common word", func(b *testing.B) { benchSearch(b, st, "lorem", 0) })
}

func benchMessages() []record.Record {
	filler := strings.Repeat("lorem ipsum dolor sit amet ", 16)
	records := make([]record.Record, benchRecords)
	for i := range records {
		records[i] = message(fmt.Sprintf("m%06d", i), i+1, fmt.Sprintf("c%04d", i/20), fmt.Sprintf("%sneedle %d", filler, i))
	}
	return records
}

func benchMust(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func benchPut(b *testing.B, st store.Store) {
	n := benchRecords
	for b.Loop() {
		n++
		_, err := st.Apply(context.Background(), store.Put(message("m000042", n, "c0002", fmt.Sprintf("rewritten %d", n))))
		benchMust(b, err)
	}
}

func benchGet(b *testing.B, st store.Store) {
	keys := make([]record.Key, 20)
	for i := range keys {
		keys[i] = key(fmt.Sprintf("m%06d", i*977))
	}
	for b.Loop() {
		out, err := st.Get(context.Background(), keys...)
		benchMust(b, err)
		if out[19].Version == "" {
			b.Fatal("a record is missing")
		}
	}
}

func benchList(b *testing.B, st store.Store, q store.Query, expected int) {
	for b.Loop() {
		page, err := st.List(context.Background(), q)
		benchMust(b, err)
		if len(page.Records) != expected {
			b.Fatalf("%d records", len(page.Records))
		}
	}
}

func benchSearch(b *testing.B, st store.Store, words string, limit int) {
	for b.Loop() {
		hits, err := store.Search(context.Background(), st, store.TextQuery{Kind: record.KindMessage, Words: words, Limit: limit})
		benchMust(b, err)
		if len(hits) == 0 {
			b.Fatal("nothing found")
		}
	}
}
