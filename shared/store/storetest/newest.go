package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// BenchFewAndMany lists the 50 newest messages of 10,000 and of 1,000,000 (100,000 with -short), by turns. open makes an empty
// store. A ratio of 1 is the same time.
func BenchFewAndMany(b *testing.B, open func(testing.TB) store.Store) {
	b.Helper()
	few, many := 10_000, 1_000_000
	if testing.Short() {
		many = 100_000
	}
	small, large := holding(b, open, few), holding(b, open, many)
	for name, q := range map[string]store.Query{
		"by id":          {Kind: record.KindMessage, Reverse: true, Limit: 50},
		"by index":       {Kind: record.KindMessage, Index: "conversation", Reverse: true, Limit: 50},
		"a conversation": {Kind: record.KindMessage, Index: "conversation", Equal: "c0000007", Reverse: true, Limit: 50},
	} {
		b.Run(name, func(b *testing.B) {
			var ofFew, ofMany []time.Duration
			for b.Loop() {
				ofFew = append(ofFew, listing(b, small, q))
				ofMany = append(ofMany, listing(b, large, q))
			}
			b.ReportMetric(float64(middle(ofMany).Microseconds()), "us-of-many")
			b.ReportMetric(middle(ofMany).Seconds()/middle(ofFew).Seconds(), "x-few")
		})
	}
}

// holding is a store of n messages of 1 KB, 20 to a conversation. Their text is of many words, as what people write is.
func holding(b *testing.B, open func(testing.TB) store.Store, n int) store.Store {
	b.Helper()
	s := open(b)
	b.Cleanup(func() { _ = s.Close() }) // the benchmark is over
	const step = 10_000
	for from := 0; from < n; from += step {
		records := make([]record.Record, min(step, n-from))
		for i := range records {
			no := from + i
			text := strings.Repeat(fmt.Sprintf("number %d of the words that are said about it ", no), 22)[:930]
			records[i] = message(fmt.Sprintf("m%08d", no), no+1, fmt.Sprintf("c%07d", no/20), text)
		}
		benchMust(b, store.Load(context.Background(), s, records))
	}
	return s
}

func listing(b *testing.B, s store.Store, q store.Query) time.Duration {
	b.Helper()
	began := time.Now()
	page, err := s.List(context.Background(), q)
	took := time.Since(began)
	benchMust(b, err)
	if len(page.Records) == 0 {
		b.Fatal("nothing is listed")
	}
	return took
}

func middle(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
