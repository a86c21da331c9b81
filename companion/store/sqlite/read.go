package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// columns are what scanRecord reads.
const columns = `kind, id, version, deleted, body`

// scanRecord reads the columns of a record after the extra ones before them.
func scanRecord(from interface{ Scan(...any) error }, r *record.Record, before ...any) error {
	var body []byte
	if err := from.Scan(append(before, &r.Kind, &r.ID, &r.Version, &r.Deleted, &body)...); err != nil {
		return err
	}
	r.Body = body
	return nil
}

// each runs a query on a reader and visits its rows.
func (s *Store) each(ctx context.Context, query string, args []any, visit func(*sql.Rows) error) error {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Get reads records by key, all from one state of the store; see store.Store.
func (s *Store) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	const doing = "reading records"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	if err := s.kinds.CheckKeys(keys); err != nil {
		return nil, err
	}
	out, err := s.get(ctx, keys)
	if err != nil {
		return nil, s.fault(ctx, err, doing)
	}
	return out, nil
}

func (s *Store) get(ctx context.Context, keys []record.Key) ([]record.Record, error) {
	out := make([]record.Record, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	tx, err := s.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	stmt, err := tx.PrepareContext(ctx, `SELECT `+columns+` FROM records WHERE kind = ? AND id = ?`)
	if err != nil {
		return nil, err
	}
	defer stmt.Close() //nolint:errcheck // it ends with the transaction anyway
	for i, key := range keys {
		err := scanRecord(stmt.QueryRowContext(ctx, key.Kind, key.ID), &out[i])
		switch {
		case errors.Is(err, sql.ErrNoRows):
			out[i] = record.Record{Kind: key.Kind, ID: key.ID}
		case err != nil:
			return nil, err
		}
	}
	return out, nil
}

// List pages through one kind; see store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	const doing = "listing records"
	if err := s.begin(ctx, doing); err != nil {
		return store.Page{}, err
	}
	q, after, err := s.kinds.CheckQuery(q)
	if err != nil {
		return store.Page{}, err
	}
	spec, err := s.kinds.Spec(q.Kind)
	if err != nil {
		return store.Page{}, err
	}
	page, err := s.page(ctx, q, spec, after)
	if err != nil {
		return store.Page{}, s.fault(ctx, err, doing)
	}
	return page, nil
}

func (s *Store) page(ctx context.Context, q store.Query, spec store.KindSpec, after *store.Cursor) (store.Page, error) {
	out := store.NewPageRows(q)
	text, args := listQuery(q, orderColumn(q, spec), after)
	err := s.each(ctx, text, args, func(rows *sql.Rows) error {
		var r record.Record
		var key string
		if err := scanRecord(rows, &r, &key); err != nil {
			return err
		}
		out.Add(r, key)
		return nil
	})
	return out.Page, err
}

// orderColumn is the column of the query's order key; CheckQuery has made sure that the index is declared.
func orderColumn(q store.Query, spec store.KindSpec) string {
	if q.Index == "" {
		return "id"
	}
	return fmt.Sprintf("key%d", slices.Index(spec.Indexes, q.Index)+1)
}

// listQuery writes the query of a page and one record more. Every value is a parameter; column comes from orderColumn.
func listQuery(q store.Query, column string, after *store.Cursor) (string, []any) {
	text, args := `SELECT `+column+`, `+columns+` FROM records WHERE kind = ?`, []any{q.Kind}
	add := func(condition string, values ...any) {
		text += " AND " + condition
		args = append(args, values...)
	}
	if column != "id" {
		add(column + " IS NOT NULL") // lets SQLite use the partial index
	}
	if !q.Deleted {
		add("deleted = 0")
	}
	switch {
	case q.Equal != "":
		add(column+" = ?", q.Equal)
	default:
		if q.From != "" {
			add(column+" >= ?", q.From)
		}
		if q.To != "" {
			add(column+" < ?", q.To)
		}
	}
	beyond, direction := ">", ""
	if q.Reverse {
		beyond, direction = "<", " DESC"
	}
	switch {
	case after == nil:
	case column == "id" || q.Equal != "":
		add("id "+beyond+" ?", after.ID)
	default:
		add("("+column+", id) "+beyond+" (?, ?)", after.Key, after.ID)
	}
	return text + " ORDER BY " + column + direction + ", id" + direction + " LIMIT ?", append(args, q.Limit+1)
}

// Changes reads the change feed; see store.Store.
func (s *Store) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	const doing = "reading changes"
	if err := s.begin(ctx, doing); err != nil {
		return store.Feed{}, err
	}
	limit, err := store.CheckLimit(limit)
	if err != nil {
		return store.Feed{}, err
	}
	var head uint64
	if err := s.reader.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM records`).Scan(&head); err != nil {
		return store.Feed{}, s.fault(ctx, err, doing)
	}
	if err := store.CheckSince(since, head); err != nil {
		return store.Feed{}, err
	}
	feed := store.Feed{Records: []record.Record{}, Seq: since}
	const query = `SELECT seq, ` + columns + ` FROM records WHERE seq > ? ORDER BY seq LIMIT ?`
	err = s.each(ctx, query, []any{since, limit + 1}, func(rows *sql.Rows) error {
		var r record.Record
		var seq uint64
		if err := scanRecord(rows, &r, &seq); err != nil {
			return err
		}
		feed.Add(r, seq, limit)
		return nil
	})
	if err != nil {
		return store.Feed{}, s.fault(ctx, err, doing)
	}
	return feed, nil
}
