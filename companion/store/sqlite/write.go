package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Bounds of one transaction of a bulk load.
const (
	loadRecords = 2000
	loadBytes   = 16 << 20
)

// writeStatements are prepared once; parsing them costs more than running them.
type writeStatements struct {
	find, remove, insert, removeText, insertText, head *sql.Stmt
}

func (w *writeStatements) prepare(ctx context.Context, db *sql.DB) error {
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&w.find, `SELECT seq, version FROM records WHERE kind = ? AND id = ?`},
		{&w.remove, `DELETE FROM records WHERE seq = ?`},
		{&w.insert, `INSERT INTO records (seq, kind, id, version, deleted, body, key1, key2, key3) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`},
		{&w.removeText, `DELETE FROM texts WHERE rowid = ?`},
		{&w.insertText, `INSERT INTO texts (rowid, words) VALUES (?, ?)`},
		{&w.head, `SELECT coalesce(max(seq), 0) FROM records`},
	} {
		stmt, err := db.PrepareContext(ctx, s.text)
		if err != nil {
			return err
		}
		*s.to = stmt
	}
	return nil
}

// writing is one transaction: its statements and the last number given out.
type writing struct {
	writeStatements
	tx    *sql.Tx
	kinds store.Kinds
	seq   uint64
}

// transact runs do in a write transaction; its error, or the context's end, takes everything back.
func (s *Store) transact(ctx context.Context, do func(*writing) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkLogStays(); err != nil {
		return err
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing; otherwise the first error counts
	w := &writing{tx: tx, kinds: s.kinds}
	for _, p := range []struct{ to, from **sql.Stmt }{
		{&w.find, &s.write.find}, {&w.remove, &s.write.remove}, {&w.insert, &s.write.insert},
		{&w.removeText, &s.write.removeText}, {&w.insertText, &s.write.insertText}, {&w.head, &s.write.head},
	} {
		*p.to = tx.StmtContext(ctx, *p.from)
	}
	if err := w.head.QueryRowContext(ctx).Scan(&w.seq); err != nil {
		return err
	}
	if err := do(w); err != nil {
		return err
	}
	return tx.Commit()
}

// Apply writes a batch; see store.Store.
func (s *Store) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	const doing = "writing records"
	if err := s.begin(ctx, doing); err != nil {
		return store.Result{}, err
	}
	if err := s.kinds.CheckBatch(batch); err != nil {
		return store.Result{}, err
	}
	res := store.Result{Won: make([]bool, len(batch))}
	err := s.transact(ctx, func(w *writing) (err error) {
		for i, write := range batch {
			if res.Won[i], err = w.write(ctx, write); err != nil {
				return err
			}
		}
		res.Seq = w.seq
		return nil
	})
	if err != nil {
		return store.Result{}, s.fault(ctx, err, doing)
	}
	return res, nil
}

// LoadBulk writes many records; see store.BulkLoader.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	const doing = "loading records"
	if err := s.begin(ctx, doing); err != nil {
		return err
	}
	if err := s.kinds.CheckRecords(records); err != nil {
		return err
	}
	for len(records) > 0 {
		n := store.Chunk(records, loadRecords, loadBytes)
		err := s.transact(ctx, func(w *writing) error {
			for _, r := range records[:n] {
				if _, err := w.write(ctx, store.Put(r)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return s.fault(ctx, err, doing)
		}
		records = records[n:]
	}
	return nil
}

// write stores one record when its condition holds and it is newer, and says whether it did.
func (w *writing) write(ctx context.Context, write store.Write) (bool, error) {
	r := write.Record
	var seq uint64
	var held record.Version
	err := w.find.QueryRowContext(ctx, r.Kind, r.ID).Scan(&seq, &held)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if write.If != nil && held != *write.If {
		return false, store.Conflict(r.Key(), held)
	}
	if r.Version <= held {
		return false, nil
	}
	spec, err := w.kinds.Spec(r.Kind)
	if err != nil {
		return false, err
	}
	if held != "" {
		if err := w.drop(ctx, spec, seq); err != nil {
			return false, err
		}
	}
	return true, w.add(ctx, spec, r)
}

func (w *writing) drop(ctx context.Context, spec store.KindSpec, seq uint64) error {
	if len(spec.Text) > 0 {
		if _, err := w.removeText.ExecContext(ctx, seq); err != nil {
			return err
		}
	}
	_, err := w.remove.ExecContext(ctx, seq)
	return err
}

func (w *writing) add(ctx context.Context, spec store.KindSpec, r record.Record) error {
	w.seq++
	var body any
	if !r.Deleted {
		body = string(r.Body)
	}
	keys := keysOf(spec, r)
	_, err := w.insert.ExecContext(ctx, w.seq, r.Kind, r.ID, r.Version, r.Deleted, body, keys[0], keys[1], keys[2])
	if err != nil {
		return err
	}
	return w.addText(ctx, spec, r, w.seq)
}

func (w *writing) addText(ctx context.Context, spec store.KindSpec, r record.Record, seq uint64) error {
	words := store.Fold(store.Text(spec, r))
	if words == "" {
		return nil
	}
	_, err := w.insertText.ExecContext(ctx, seq, words)
	return err
}

// keysOf gives the key columns of a record; nil is not in the index.
func keysOf(spec store.KindSpec, r record.Record) [keyColumns]any {
	var out [keyColumns]any
	if r.Deleted {
		return out
	}
	for i, key := range store.IndexKeys(spec, r.Body) {
		if key != "" {
			out[i] = key
		}
	}
	return out
}
