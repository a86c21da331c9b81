package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

func BenchmarkPostgres(b *testing.B) {
	db := open(b, fresh(b, server))
	storetest.Bench(b, func(t testing.TB) store.Store { return owned(t, db, unused()) })
}

// kilobyte makes records of 1 KB: runs have two indexes and no text, messages an index and a text that is searched.
func kilobyte(kind record.Kind, from, to int) []record.Record {
	out := make([]record.Record, 0, to-from)
	for i := from; i < to; i++ {
		body := fmt.Sprintf(`{"conversation":"c%06d","state":"done","number":%d,"%s":"`, i/20, i, map[record.Kind]string{record.KindMessage: "text"}[kind])
		for len(body) < 1022 {
			body += fmt.Sprintf("word%d ", (i*7+len(body))%5000)
		}
		out = append(out, record.Record{Kind: kind, ID: fmt.Sprintf("m%08d", i), Version: record.Version(fmt.Sprintf("%012x-0000-t", i+1)), Body: []byte(body[:1022] + `"}`)})
	}
	return out
}

// BenchmarkBulkLoad loads records of 1 KB as LoadBulk does and as a bare COPY of the same rows into the same table does,
// where no policy holds, by turns. ratio is their medians' speed: ours by COPY's.
func BenchmarkBulkLoad(b *testing.B) {
	const many = 20_000
	for _, kind := range []record.Kind{record.KindRun, record.KindMessage} {
		b.Run(string(kind), func(b *testing.B) {
			ctx, c := context.Background(), fresh(b, server)
			db, records := open(b, c), kilobyte(kind, 0, many)
			bare := newBare(b, c, db)
			var ours, theirs []time.Duration
			for b.Loop() {
				s := owned(b, db, unused())
				start := time.Now()
				require.NoError(b, s.LoadBulk(ctx, records))
				ours = append(ours, time.Since(start))
				theirs = append(theirs, bare.copy(b, records))
				admin(b, server, database(b, c), `TRUNCATE kai.records`, `TRUNCATE bare`)
			}
			b.ReportMetric(float64(median(theirs))/float64(median(ours)), "ratio")
			b.ReportMetric(many/median(ours).Seconds(), "records/s")
			b.ReportMetric(many/median(theirs).Seconds(), "copy-records/s")
		})
	}
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}

// bare copies rows into a table with the columns and the indexes of the records', as a superuser.
type bare struct {
	conn  *pgx.Conn
	store *Store // makes rows
}

func newBare(b *testing.B, c Config, db *Database) *bare {
	admin(b, server, database(b, c), `CREATE TABLE bare (LIKE kai.records_whole INCLUDING ALL) WITH (toast_tuple_target = 8160)`)
	conn, err := pgx.Connect(context.Background(), server.URL("postgres", database(b, c)))
	require.NoError(b, err)
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &bare{conn, &Store{db: db, no: 1}}
}

// copy times one COPY; the rows are ready before.
func (c *bare) copy(b *testing.B, records []record.Record) time.Duration {
	rows := make([][]any, len(records))
	for i, r := range records {
		made, err := c.store.row(numbered{r, uint64(i)})
		require.NoError(b, err)
		rows[i] = append([]any{c.store.no}, made.values()...)
	}
	start := time.Now()
	_, err := c.conn.CopyFrom(context.Background(), pgx.Identifier{"bare"}, append([]string{"owner"}, loadColumns()...), pgx.CopyFromRows(rows))
	require.NoError(b, err)
	return time.Since(start)
}

// BenchmarkListNewest lists the 50 newest of 10,000 and of 1,000,000 records; ratio is the second's time by the first's.
func BenchmarkListNewest(b *testing.B) {
	ctx := context.Background()
	db := open(b, fresh(b, server))
	list := func(s *Store) time.Duration {
		var took []time.Duration
		for range 200 {
			start := time.Now()
			page, err := s.List(ctx, store.Query{Kind: record.KindMessage, Reverse: true, Limit: 50})
			took = append(took, time.Since(start))
			require.NoError(b, err)
			require.Len(b, page.Records, 50)
		}
		return median(took)
	}
	small, large := owned(b, db, "small"), owned(b, db, "large")
	require.NoError(b, small.LoadBulk(ctx, kilobyte(record.KindMessage, 0, 10_000)))
	for i := range 20 {
		require.NoError(b, large.LoadBulk(ctx, kilobyte(record.KindMessage, i*50_000, (i+1)*50_000)))
	}
	for b.Loop() {
		few, many := list(small), list(large)
		b.ReportMetric(float64(many)/float64(few), "ratio")
		b.ReportMetric(float64(few.Microseconds()), "µs-of-10000")
		b.ReportMetric(float64(many.Microseconds()), "µs-of-1000000")
	}
	for _, words := range []string{"word42", "nowhere"} {
		start := time.Now()
		_, err := large.SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: words})
		require.NoError(b, err)
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms-search-"+strings.TrimRight(words, "0123456789"))
	}
}
