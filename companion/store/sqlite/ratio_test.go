package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/sqlitefile"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

// kilobyte makes records of 1 KB of a kind. Their text is of many words, as what people write is.
func kilobyte(kind record.Kind, from, n int) []record.Record {
	out := make([]record.Record, n)
	for i := range out {
		text := strings.Repeat(fmt.Sprintf("number %d of the words that are said about it ", from+i), 22)[:930]
		out[i] = record.Record{Kind: kind, ID: fmt.Sprintf("m%08d", from+i), Version: record.Version(fmt.Sprintf("%012x-0000-t", from+i+1)),
			Body: fmt.Appendf(nil, `{"conversation":"c%04d","text":%q}`, (from+i)/20, text)}
	}
	return out
}

// bare inserts rows by one prepared statement in one transaction, with the pragmas of the store, and answers the time.
func bare(b *testing.B, layout string, records []record.Record, inserts ...insert) time.Duration {
	b.Helper()
	db, err := sqlitefile.Pool(filepath.Join(b.TempDir(), "bare.db"), 1, url.Values{
		"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_txlock": {"immediate"}, "_pragma": {"secure_delete(1)"},
	})
	require.NoError(b, err)
	defer db.Close() //nolint:errcheck // the benchmark is over
	_, err = db.Exec(layout)
	require.NoError(b, err)
	began := time.Now()
	require.NoError(b, inOneTransaction(db, records, inserts))
	return time.Since(began)
}

// insert is a statement and what it binds of the n-th record; nothing: no row.
type insert struct {
	text string
	row  func(n int, r record.Record) []any
}

func inOneTransaction(db *sql.DB, records []record.Record, inserts []insert) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	for _, i := range inserts {
		stmt, err := tx.Prepare(i.text)
		if err != nil {
			return err
		}
		for n, r := range records {
			if _, err := stmt.Exec(i.row(n, r)...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}

// BenchmarkLoadAgainstBareInserts loads 20,000 records of 1 KB. A ratio of 1 is as fast as the driver's prepared inserts of
// the same rows in one transaction: into the same tables, or into one without any index and search.
func BenchmarkLoadAgainstBareInserts(b *testing.B) {
	const n = 20_000
	layout, err := migrations.ReadFile("migrations/0001_records.sql")
	require.NoError(b, err)
	for name, kind := range map[string]record.Kind{"without text": record.KindRun, "with text": record.KindMessage} {
		records := kilobyte(kind, 0, n)
		spec, err := store.NewKinds(store.Schema()).Spec(kind)
		require.NoError(b, err)
		same := []insert{{`INSERT INTO records (seq, kind, id, version, deleted, body, key1) VALUES (?, ?, ?, ?, 0, ?, ?)`, func(n int, r record.Record) []any {
			return []any{n + 1, r.Kind, r.ID, r.Version, string(r.Body), store.IndexKey(r.Body, "conversation")}
		}}}
		if len(spec.Text) > 0 {
			same = append(same, insert{`INSERT INTO texts (rowid, words) VALUES (?, ?)`, func(n int, r record.Record) []any {
				return []any{n + 1, store.Fold(store.Text(spec, r))}
			}})
		}
		single := insert{`INSERT INTO records VALUES (?, ?, ?)`, func(_ int, r record.Record) []any { return []any{r.ID, r.Version, string(r.Body)} }}
		b.Run(name, func(b *testing.B) {
			var ours, ofSame, ofSingle time.Duration
			for b.Loop() {
				ours += loaded(b, records)
				ofSame += bare(b, string(layout), records, same...)
				ofSingle += bare(b, `CREATE TABLE records (id TEXT PRIMARY KEY, version TEXT, body TEXT)`, records, single)
			}
			b.ReportMetric(float64(n)*float64(b.N)/ours.Seconds(), "records/s")
			b.ReportMetric(ofSame.Seconds()/ours.Seconds(), "x-bare")
			b.ReportMetric(ofSingle.Seconds()/ours.Seconds(), "x-bare-one-table")
		})
	}
}

func loaded(b *testing.B, records []record.Record) time.Duration {
	b.Helper()
	s, err := Open(context.Background(), filepath.Join(b.TempDir(), "kai.db"), store.Schema())
	require.NoError(b, err)
	defer s.Close() //nolint:errcheck // the benchmark is over
	began := time.Now()
	require.NoError(b, s.LoadBulk(context.Background(), records))
	return time.Since(began)
}

// BenchmarkListOfFewAndMany lists the newest of few messages and of many.
func BenchmarkListOfFewAndMany(b *testing.B) {
	storetest.BenchFewAndMany(b, func(t testing.TB) store.Store {
		s, err := Open(context.Background(), filepath.Join(t.TempDir(), "kai.db"), store.Schema())
		require.NoError(t, err)
		return s
	})
}
