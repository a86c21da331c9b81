package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/record"
)

// Bounds of one transaction of a bulk load.
const (
	loadRecords = 10_000
	loadBytes   = 32 << 20
)

// LoadBulk writes many records by COPY; see store.BulkLoader.
//
// PostgreSQL refuses COPY into a table with row level security, so the rows go by COPY into a table of the session's own and
// from there to the others in one statement.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	const doing = "loading records"
	if err := s.begin(ctx, doing); err != nil {
		return err
	}
	if err := s.db.kinds.CheckRecords(records); err != nil {
		return err
	}
	for len(records) > 0 {
		n := chunk(records, loadRecords, loadBytes)
		if err := s.load(ctx, records[:n]); err != nil {
			return s.db.fault(ctx, err, doing)
		}
		records = records[n:]
	}
	return nil
}

// load writes a chunk in a transaction.
func (s *Store) load(ctx context.Context, records []record.Record) error {
	keys := make([]record.Key, len(records))
	for i, r := range records {
		keys[i] = r.Key()
	}
	return s.transact(ctx, keys, func(w *writing, held versions) error {
		newer := make([]record.Record, 0, len(records))
		for _, r := range records {
			if r.Version > held[r.Key()] {
				newer = append(newer, r)
			}
		}
		if len(newer) == 0 {
			return nil
		}
		put := `INSERT INTO kai.records SELECT * FROM kai_load `
		if len(held) > 0 {
			put += replace
		}
		if err := w.copy(ctx, newer); err != nil {
			return err
		}
		_, err := w.tx.Exec(ctx, put)
		return err
	})
}

// copy sends records to the session's own table, which is empty after every transaction.
func (w *writing) copy(ctx context.Context, records []record.Record) error {
	const own = `CREATE TEMPORARY TABLE IF NOT EXISTS kai_load (LIKE kai.records) ON COMMIT DELETE ROWS`
	if _, err := w.tx.Exec(ctx, own); err != nil {
		return err
	}
	names := []string{"owner", "kind", "id", "seq", "version", "deleted", "body", "words", "key1", "key2", "key3"}
	values := make([]any, len(names))
	_, err := w.tx.CopyFrom(ctx, pgx.Identifier{"pg_temp", "kai_load"}, names, pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
		r, err := w.row(records[i])
		values = append(values[:0], w.store.no, string(r.record.Kind), r.record.ID, r.seq, string(r.record.Version), r.record.Deleted,
			r.body, r.words, r.keys[0], r.keys[1], r.keys[2])
		return values, err
	}))
	return err
}
