package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Bounds of one transaction of a bulk load: what a session of PostgreSQL keeps of its own tables in memory (temp_buffers).
const (
	loadRecords = 5000
	loadBytes   = 6 << 20
)

// LoadBulk writes many records by COPY; see store.BulkLoader.
//
// PostgreSQL refuses COPY into a table with row level security, so the rows go by COPY into a table of the session's own and
// from there to the others in one statement. The next rows are on their way meanwhile, in another session: only the second
// half needs the owner's lock.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	const doing = "loading records"
	if err := s.begin(ctx, doing); err != nil {
		return err
	}
	if err := s.db.kinds.CheckRecords(records); err != nil {
		return err
	}
	loading, stop := context.WithCancel(ctx)
	defer stop()
	sent := make(chan *load)
	go s.send(loading, records, sent)
	var err error
	for l := range sent {
		if err == nil {
			err = s.finish(loading, l)
		}
		if err != nil {
			stop()
			l.takeBack(ctx)
		}
	}
	if err == nil && ctx.Err() == nil {
		return nil
	}
	if err == nil {
		err = ctx.Err()
	}
	return s.db.fault(ctx, err, doing)
}

// load is a part of the records in a session's own table, waiting to be stored.
type load struct {
	records []record.Record
	tx      pgx.Tx
	err     error
}

func (l *load) takeBack(ctx context.Context) {
	if l.tx != nil {
		_ = l.tx.Rollback(context.WithoutCancel(ctx)) // the first error counts
	}
}

// send hands over part after part until one fails or the context ends.
func (s *Store) send(ctx context.Context, records []record.Record, to chan<- *load) {
	defer close(to)
	for len(records) > 0 && ctx.Err() == nil {
		n := store.Chunk(records, loadRecords, loadBytes)
		l := &load{records: records[:n]}
		if l.tx, l.err = s.db.begin(ctx, s.sealed); l.err == nil {
			l.err = s.copy(ctx, l)
		}
		to <- l // LoadBulk takes every one
		if records = records[n:]; l.err != nil {
			return
		}
	}
}

// copy sends a part to the session's own table, which is empty after every transaction. Its rows have their places for
// numbers.
func (s *Store) copy(ctx context.Context, l *load) error {
	const own = `CREATE TEMPORARY TABLE IF NOT EXISTS kai_load (LIKE kai.records) ON COMMIT DELETE ROWS`
	if _, err := l.tx.Exec(ctx, own); err != nil {
		return err
	}
	_, err := l.tx.CopyFrom(ctx, pgx.Identifier{"pg_temp", "kai_load"}, columnNames(), pgx.CopyFromSlice(len(l.records), func(i int) ([]any, error) {
		r, err := s.row(l.records[i], uint64(i)+1) //nolint:gosec // a place
		return r.values(s.no), err
	}))
	return err
}

// finish stores a part under the owner's lock.
func (s *Store) finish(ctx context.Context, l *load) error {
	if l.err != nil {
		return l.err
	}
	keys := make([]record.Key, len(l.records))
	for i, r := range l.records {
		keys[i] = r.Key()
	}
	err := s.locked(ctx, l.tx, keys, func(w *writing, held versions) error {
		if len(held) > 0 {
			return w.merge(ctx, l.records, held)
		}
		_, err := w.tx.Exec(ctx, `INSERT INTO kai.records
			SELECT owner, kind, id, $1 + seq, version, deleted, body, words, key1, key2, key3 FROM pg_temp.kai_load`, w.seq)
		w.seq += uint64(len(l.records))
		return err
	})
	if err != nil {
		return err
	}
	return l.tx.Commit(ctx)
}

// merge stores those of a part that are newer than what is held.
func (w *writing) merge(ctx context.Context, records []record.Record, held versions) error {
	older := []int{}
	for i, r := range records {
		if r.Version <= held[r.Key()] {
			older = append(older, i+1)
		}
	}
	if len(older) == len(records) {
		return nil
	}
	if _, err := w.tx.Exec(ctx, `DELETE FROM pg_temp.kai_load WHERE seq = ANY ($1)`, older); err != nil {
		return err
	}
	_, err := w.tx.Exec(ctx, `INSERT INTO kai.records
		SELECT owner, kind, id, $1 + row_number() OVER (ORDER BY seq), version, deleted, body, words, key1, key2, key3 FROM pg_temp.kai_load
		`+replace, w.seq)
	w.seq += uint64(len(records) - len(older))
	return err
}

// columnNames are the columns in the order of row.values.
func columnNames() []string {
	return []string{"owner", "kind", "id", "seq", "version", "deleted", "body", "words", "key1", "key2", "key3"}
}

func (r row) values(owner int64) []any {
	return []any{owner, string(r.record.Kind), r.record.ID, r.seq, string(r.record.Version), r.record.Deleted, r.body, r.words, r.keys[0], r.keys[1], r.keys[2]}
}
