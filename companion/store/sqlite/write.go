package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Bounds of one transaction of a bulk load.
const (
	loadRecords = 10_000
	loadBytes   = 32 << 20
)

// askedAtOnce is how many records one question of a load is about.
const askedAtOnce = 250

// writeStatements are prepared once; parsing them costs more than running them.
type writeStatements struct {
	find, findMany, greatest, remove, insert, removeText, insertText, head *sql.Stmt
}

func (w *writeStatements) prepare(ctx context.Context, db *sql.DB) error {
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&w.find, `SELECT seq, version FROM records WHERE kind = ? AND id = ?`},
		{&w.findMany, `SELECT kind, id, seq, version FROM records WHERE (kind, id) IN (VALUES (?, ?)` + strings.Repeat(`, (?, ?)`, askedAtOnce-1) + `)`},
		{&w.greatest, `SELECT coalesce(max(id), '') FROM records WHERE kind = ?`},
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
		{&w.find, &s.write.find}, {&w.findMany, &s.write.findMany}, {&w.greatest, &s.write.greatest}, {&w.remove, &s.write.remove},
		{&w.insert, &s.write.insert}, {&w.removeText, &s.write.removeText}, {&w.insertText, &s.write.insertText}, {&w.head, &s.write.head},
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
		err := s.transact(ctx, func(w *writing) error { return w.load(ctx, records[:n]) })
		if err != nil {
			return s.fault(ctx, err, doing)
		}
		records = records[n:]
	}
	return nil
}

// load stores records, none twice, that are newer than what is held. What is held is asked for many at a time, since one by
// one it takes a fifth of the load, and only where an id is not beyond all that there are: most that is loaded is new.
func (w *writing) load(ctx context.Context, records []record.Record) error {
	beyond, err := w.beyond(ctx, records)
	if err != nil {
		return err
	}
	known := make([]record.Record, 0, askedAtOnce)
	for _, r := range records {
		if beyond(r) {
			if _, err := w.put(ctx, r, held{}); err != nil {
				return err
			}
		} else if known = append(known, r); len(known) == askedAtOnce {
			if err := w.replace(ctx, known); err != nil {
				return err
			}
			known = known[:0]
		}
	}
	return w.replace(ctx, known)
}

// beyond says of a record whether its id comes after all of its kind that were there before the load.
func (w *writing) beyond(ctx context.Context, records []record.Record) (func(record.Record) bool, error) {
	greatest := map[record.Kind]string{}
	for _, r := range records {
		if _, asked := greatest[r.Kind]; asked {
			continue
		}
		var id string
		if err := w.greatest.QueryRowContext(ctx, r.Kind).Scan(&id); err != nil {
			return nil, err
		}
		greatest[r.Kind] = id
	}
	return func(r record.Record) bool { return r.ID > greatest[r.Kind] }, nil
}

// replace stores records, none twice, that may be there already.
func (w *writing) replace(ctx context.Context, records []record.Record) error {
	if len(records) == 0 {
		return nil
	}
	there, err := w.held(ctx, records)
	if err != nil {
		return err
	}
	for _, r := range records {
		if _, err := w.put(ctx, r, there[r.Key()]); err != nil {
			return err
		}
	}
	return nil
}

// held finds the rows of the records that are there already.
func (w *writing) held(ctx context.Context, records []record.Record) (map[record.Key]held, error) {
	args := make([]any, 0, 2*askedAtOnce)
	for i := range askedAtOnce {
		r := records[min(i, len(records)-1)] // the last one fills up
		args = append(args, r.Kind, r.ID)
	}
	rows, err := w.findMany.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := map[record.Key]held{}
	for rows.Next() {
		var key record.Key
		var h held
		if err := rows.Scan(&key.Kind, &key.ID, &h.seq, &h.version); err != nil {
			return nil, err
		}
		out[key] = h
	}
	return out, rows.Err()
}

// write stores one record when its condition holds and it is newer, and says whether it did.
func (w *writing) write(ctx context.Context, write store.Write) (bool, error) {
	r := write.Record
	var h held
	err := w.find.QueryRowContext(ctx, r.Kind, r.ID).Scan(&h.seq, &h.version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if write.If != nil && h.version != *write.If {
		return false, store.Conflict(r.Key(), h.version)
	}
	return w.put(ctx, r, h)
}

// held is the row of a record that is there already, or nothing.
type held struct {
	seq     uint64
	version record.Version
}

// put stores a record when it is newer than what is held, and says whether it did.
func (w *writing) put(ctx context.Context, r record.Record, h held) (bool, error) {
	if r.Version <= h.version {
		return false, nil
	}
	spec, err := w.kinds.Spec(r.Kind)
	if err != nil {
		return false, err
	}
	if h.version != "" {
		if err := w.drop(ctx, spec, h.seq); err != nil {
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
	keys, words := foundBy(spec, r)
	_, err := w.insert.ExecContext(ctx, w.seq, r.Kind, r.ID, r.Version, r.Deleted, body, keys[0], keys[1], keys[2])
	if err != nil {
		return err
	}
	return w.addText(ctx, w.seq, words)
}

func (w *writing) addText(ctx context.Context, seq uint64, words string) error {
	if words == "" {
		return nil
	}
	_, err := w.insertText.ExecContext(ctx, seq, words)
	return err
}

// foundBy gives the key columns of a record, where nil is not in the index, and its folded words.
func foundBy(spec store.KindSpec, r record.Record) (keys [keyColumns]any, words string) {
	found, words := store.Derive(spec, r)
	for i, key := range found {
		if key != "" {
			keys[i] = key
		}
	}
	return keys, words
}
