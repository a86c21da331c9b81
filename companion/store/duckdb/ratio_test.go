//go:build duckdb && cgo

package duckdb_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// BenchmarkListOfFewAndMany lists the 50 newest messages of 10,000 and of 1,000,000 (100,000 with -short), by turns. A ratio of
// 1 is the same time.
func BenchmarkListOfFewAndMany(b *testing.B) {
	few, many := 10_000, 1_000_000
	if testing.Short() {
		many = 100_000
	}
	small, large := holding(b, few), holding(b, many)
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

func middle(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

// holding opens a store of n messages of 1 KB, 20 to a conversation.
func holding(b *testing.B, n int) store.Store {
	b.Helper()
	s, err := duckdb.Open(context.Background(), filepath.Join(b.TempDir(), "kai.duckdb"), store.Schema())
	require.NoError(b, err)
	b.Cleanup(func() { _ = s.Close() }) // the benchmark is over
	const step = 10_000
	for from := 0; from < n; from += step {
		require.NoError(b, store.Load(context.Background(), s, kilobyte(from, min(step, n-from))))
	}
	return s
}

// kilobyte makes messages of 1 KB of many words, as what people write is.
func kilobyte(from, n int) []record.Record {
	out := make([]record.Record, n)
	for i := range out {
		text := strings.Repeat(fmt.Sprintf("number %d of the words that are said about it ", from+i), 22)[:930]
		out[i] = record.Record{
			Kind: record.KindMessage, ID: fmt.Sprintf("m%08d", from+i), Version: record.Version(fmt.Sprintf("%012x-0000-t", from+i+1)),
			Body: fmt.Appendf(nil, `{"conversation":"c%07d","text":%q}`, (from+i)/20, text),
		}
	}
	return out
}

func listing(b *testing.B, s store.Store, q store.Query) time.Duration {
	b.Helper()
	began := time.Now()
	page, err := s.List(context.Background(), q)
	took := time.Since(began)
	require.NoError(b, err)
	require.NotEmpty(b, page.Records)
	return took
}
