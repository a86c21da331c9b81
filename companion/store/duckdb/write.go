//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Bounds of one transaction of a bulk load.
const (
	loadRecords = 20_000
	loadBytes   = 32 << 20
)

// writing is one transaction: its connection and the last number given out.
type writing struct {
	conn  *sql.Conn
	kinds store.Kinds
	seq   uint64
}

// transact runs do in a write transaction; its error, or the context's end, takes everything back.
func (s *Store) transact(ctx context.Context, do func(*writing) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return store.Closed()
	}
	// The context must not end the transaction behind do's back: what do writes then would be no part of one.
	tx, err := s.writer.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing; otherwise the first error counts
	w := &writing{conn: s.writer, kinds: s.kinds, seq: s.head.Load()}
	if err := do(w); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.head.Store(w.seq)
	return s.restrict()
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
	if len(batch) == 0 {
		return store.Result{Seq: s.head.Load(), Won: []bool{}}, nil
	}
	var res store.Result
	err := s.transact(ctx, func(w *writing) (err error) {
		res.Won, err = w.write(ctx, batch)
		res.Seq = w.seq
		return err
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
		batch := make([]store.Write, store.Chunk(records, loadRecords, loadBytes))
		for i, r := range records[:len(batch)] {
			batch[i] = store.Put(r)
		}
		err := s.transact(ctx, func(w *writing) error {
			_, err := w.write(ctx, batch)
			return err
		})
		if err != nil {
			return s.fault(ctx, err, doing)
		}
		records = records[len(batch):]
	}
	return nil
}

// held is what is stored under a key.
type held struct {
	seq     uint64
	version record.Version
}

// write stores the records whose conditions hold and that are newer, and says which.
func (w *writing) write(ctx context.Context, batch []store.Write) ([]bool, error) {
	found, err := w.find(ctx, batch)
	if err != nil {
		return nil, err
	}
	won := make([]bool, len(batch))
	var old []string
	var fresh []row
	for i, write := range batch {
		r := write.Record
		before := found[r.Key()]
		if write.If != nil && before.version != *write.If {
			return nil, store.Conflict(r.Key(), before.version)
		}
		if won[i] = r.Version > before.version; !won[i] {
			continue
		}
		if before.version != "" {
			old = append(old, strconv.FormatUint(before.seq, 10))
		}
		w.seq++
		fresh = append(fresh, w.row(w.seq, r))
	}
	if len(old) > 0 {
		if _, err := w.conn.ExecContext(ctx, `DELETE FROM records WHERE seq IN (`+strings.Join(old, ", ")+`)`); err != nil {
			return nil, err
		}
	}
	return won, w.append(ctx, fresh)
}

// find reads what is stored under the keys of a batch.
func (w *writing) find(ctx context.Context, batch []store.Write) (map[record.Key]held, error) {
	keys := make([]record.Key, len(batch))
	for i, write := range batch {
		keys[i] = write.Record.Key()
	}
	condition, args := among(keys)
	rows, err := w.conn.QueryContext(ctx, `SELECT kind, id, seq, version FROM records WHERE `+condition, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	found := map[record.Key]held{}
	for rows.Next() {
		var key record.Key
		var h held
		if err := rows.Scan(&key.Kind, &key.ID, &h.seq, &h.version); err != nil {
			return nil, err
		}
		found[key] = h
	}
	return found, rows.Err()
}

// row is a row of the table.
type row struct {
	seq    uint64
	values []driver.Value
}

// row computes a record's row.
func (w *writing) row(seq uint64, r record.Record) row {
	values := []driver.Value{seq, string(r.Kind), r.ID, string(r.Version), r.Deleted, nil, nil, nil, nil, nil}
	if r.Deleted {
		return row{seq, values}
	}
	values[5] = string(r.Body)
	spec, err := w.kinds.Spec(r.Kind)
	if err != nil {
		return row{seq, values} // a kind that this schema no longer lists is kept and not shown
	}
	keys, words := store.Derive(spec, r)
	for i, key := range keys {
		if key != "" {
			values[6+i] = key
		}
	}
	if words != "" {
		values[9] = words
	}
	return row{seq, values}
}

// append puts rows at the end of the table, within the transaction.
func (w *writing) append(ctx context.Context, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	return w.conn.Raw(func(conn any) (err error) {
		appender, err := duckdb.NewAppender(conn.(driver.Conn), "kai", "main", "records")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, appender.CloseWithCancel(ctx)) }()
		for _, r := range rows {
			if err := appender.AppendRow(r.values...); err != nil {
				return err
			}
		}
		return nil
	})
}
