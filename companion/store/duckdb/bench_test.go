//go:build duckdb && cgo

package duckdb_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// BenchmarkListNewest lists the 50 newest of 10,000 and of 1,000,000 records; ratio is the second's time by the first's.
func BenchmarkListNewest(b *testing.B) {
	small, large := filled(b, 10_000), filled(b, 1_000_000)
	for b.Loop() {
		few, many := newest(b, small), newest(b, large)
		b.ReportMetric(float64(many)/float64(few), "ratio")
		b.ReportMetric(float64(few.Microseconds()), "µs-of-10000")
		b.ReportMetric(float64(many.Microseconds()), "µs-of-1000000")
	}
}

func filled(b *testing.B, many int) store.Store {
	b.Helper()
	s, err := duckdb.Open(b.Context(), filepath.Join(b.TempDir(), "kai.duckdb"), store.Schema())
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	const part = 10_000
	for from := 0; from < many; from += part {
		records := make([]record.Record, part)
		for i := range records {
			n := from + i
			records[i] = record.Record{
				Kind: record.KindMessage, ID: fmt.Sprintf("m%08d", n), Version: record.Version(fmt.Sprintf("%012x-0000-t", n+1)),
				Body: fmt.Appendf(nil, `{"conversation":"c%05d","text":"%0512d"}`, n/20, n),
			}
		}
		require.NoError(b, s.(store.BulkLoader).LoadBulk(b.Context(), records))
	}
	return s
}

// newest is the median time of a list of the 50 newest.
func newest(b *testing.B, s store.Store) time.Duration {
	b.Helper()
	took := make([]time.Duration, 50)
	for i := range took {
		start := time.Now()
		page, err := s.List(b.Context(), store.Query{Kind: record.KindMessage, Reverse: true, Limit: 50})
		took[i] = time.Since(start)
		require.NoError(b, err)
		require.Len(b, page.Records, 50)
	}
	slices.Sort(took)
	return took[len(took)/2]
}
