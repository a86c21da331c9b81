package replica_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store/memstore"
)

// BenchmarkSync fills a new device with small records, store to store in one process. over-MB is what lived in the midst of
// it, beside what both stores hold in the end.
func BenchmarkSync(b *testing.B) {
	for _, records := range []int{200_000, 1_000_000} {
		b.Run(fmt.Sprintf("records=%d", records), func(b *testing.B) { fill(b, records) })
	}
}

func fill(b *testing.B, records int) {
	const every = 40
	over := 0.0
	for b.Loop() {
		b.StopTimer()
		from, to := filled(b, "from", records), filled(b, "to", 0)
		pages, most := 0, uint64(0)
		b.StartTimer()
		report, err := to.Sync(b.Context(), replica.NewServer(from), func(replica.Progress) {
			if pages++; pages%every == 0 {
				b.StopTimer()
				most = max(most, live())
				b.StartTimer()
			}
		})
		if err != nil || report.Pulled != records {
			b.Fatal(report, err)
		}
		b.StopTimer()
		over = max(over, float64(most)-float64(live()))
		runtime.KeepAlive(from)
		runtime.KeepAlive(to)
		b.StartTimer()
	}
	b.ReportMetric(over/(1<<20), "over-MB")
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

// live is how many bytes of the heap are in use.
func live() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func filled(tb testing.TB, name string, records int) *replica.Replica {
	tb.Helper()
	s := memstore.New(schema())
	clock := record.NewClock(name, time.Now)
	r := replica.New(replica.Options{
		Store: s, Clock: clock, Now: time.Now, NewID: func() string { return record.NewID(time.Now()) }, Selection: replica.History(),
	})
	if err := r.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	many := make([]record.Record, 0, records)
	for i := range records {
		body := fmt.Appendf(nil, `{"conversation":"c%d","role":"user","text":"message number %d"}`, i/50, i)
		many = append(many, record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%08d", i), Version: clock.Next(), Body: body})
	}
	if err := s.LoadBulk(tb.Context(), many); err != nil {
		tb.Fatal(err)
	}
	return r
}
