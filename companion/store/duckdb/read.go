//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// columns are what scanRecord reads.
const columns = `kind, id, version, deleted, body`

// fewKeys is how many keys are looked up faster one by one than as a list: DuckDB plans anew for each query.
const fewKeys = 100

// among picks the rows with the ids of keys. A row of another kind may have one of them: the caller looks a key up.
func among(keys []record.Key) (condition string, args []any) {
	if len(keys) > fewKeys {
		ids := make([]string, len(keys))
		for i, key := range keys {
			ids[i] = key.ID
		}
		return `id IN (SELECT unnest(?::VARCHAR[]))`, []any{ids}
	}
	for _, key := range keys {
		args = append(args, key.ID)
	}
	return `id IN (?` + strings.Repeat(`, ?`, len(keys)-1) + `)`, args
}

// scanRecord reads the columns of a record after the extra ones before them.
func scanRecord(from *sql.Rows, r *record.Record, before ...any) error {
	var body []byte
	if err := from.Scan(append(before, &r.Kind, &r.ID, &r.Version, &r.Deleted, &body)...); err != nil {
		return err
	}
	r.Body = body
	return nil
}

// each runs a query and visits its rows.
func (s *Store) each(ctx context.Context, query string, args []any, visit func(*sql.Rows) error) error {
	rows, err := s.db.QueryContext(ctx, query, args...)
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
	out := make([]record.Record, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	found := make(map[record.Key]record.Record, len(keys))
	condition, args := among(keys)
	err := s.each(ctx, `SELECT `+columns+` FROM records WHERE `+condition, args, func(rows *sql.Rows) error {
		var r record.Record
		err := scanRecord(rows, &r)
		found[r.Key()] = r
		return err
	})
	if err != nil {
		return nil, s.fault(ctx, err, doing)
	}
	for i, key := range keys {
		out[i] = found[key]
		out[i].Kind, out[i].ID = key.Kind, key.ID
		out[i].Body = slices.Clone(out[i].Body) // a key may be asked for twice
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

// listQuery writes the query of a page and one record more. Every text is a parameter; column comes from orderColumn.
func listQuery(q store.Query, column string, after *store.Cursor) (string, []any) {
	text, args := `SELECT `+column+`, `+columns+` FROM records WHERE kind = ? AND `+column+` IS NOT NULL`, []any{string(q.Kind)}
	add := func(condition string, values ...any) {
		text += " AND " + condition
		args = append(args, values...)
	}
	if !q.Deleted {
		add("NOT deleted")
	}
	if q.Equal != "" {
		add(column+" = ?", q.Equal)
	}
	if q.From != "" {
		add(column+" >= ?", q.From)
	}
	if q.To != "" {
		add(column+" < ?", q.To)
	}
	beyond, direction := ">", ""
	if q.Reverse {
		beyond, direction = "<", " DESC"
	}
	switch {
	case after == nil:
	case column == "id" || q.Equal != "":
		add("id "+beyond+" ?", after.ID)
	default: // the first condition is implied by the second; DuckDB skips blocks by it
		add(column+" "+beyond+"= ? AND ("+column+" "+beyond+" ? OR id "+beyond+" ?)", after.Key, after.Key, after.ID)
	}
	return text + " ORDER BY " + column + direction + ", id" + direction + fmt.Sprintf(" LIMIT %d", q.Limit+1), args
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
	if err := s.reached(since); err != nil {
		return store.Feed{}, err
	}
	feed := store.Feed{Records: []record.Record{}, Seq: since}
	query := fmt.Sprintf(`SELECT seq, `+columns+` FROM records WHERE seq > ? ORDER BY seq LIMIT %d`, limit+1)
	err = s.each(ctx, query, []any{since}, func(rows *sql.Rows) error {
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

// reached refuses a number that the store has not given out. A writer tells its number when its records can be read
// already, so a number that looks too high may only be new.
func (s *Store) reached(since uint64) error {
	if since <= s.head.Load() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return store.CheckSince(since, s.head.Load())
}
