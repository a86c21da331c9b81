package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// columns are what scanRecord reads.
const columns = `r.kind, r.id, r.version, r.deleted, r.body`

// scanRecord reads the columns of a record after the extra ones before them. Text is scanned as bytes, which are its own.
func scanRecord(rows pgx.Rows, r *record.Record, before ...any) error {
	var body []byte
	if err := rows.Scan(append(before, &r.Kind, &r.ID, &r.Version, &r.Deleted, &body)...); err != nil {
		return err
	}
	r.Body = body
	return nil
}

// Get reads records by key, all from one state of the store; see store.Store.
func (s *Store) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	const doing = "reading records"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	if err := s.db.kinds.CheckKeys(keys); err != nil {
		return nil, err
	}
	out := make([]record.Record, len(keys))
	if len(keys) == 0 {
		return out, nil
	}
	kinds, ids := split(keys)
	const find = `SELECT k.n, ` + columns + ` FROM unnest($2::text[], $3::text[]) WITH ORDINALITY k (kind, id, n)
		JOIN kai.records r ON r.owner = $1 AND r.kind = k.kind AND r.id = k.id`
	err := s.db.read(ctx, s.sealed, query{find, []any{s.no, kinds, ids}, func() {
		for i, key := range keys {
			out[i] = record.Record{Kind: key.Kind, ID: key.ID}
		}
	}, func(rows pgx.Rows) error {
		var n int
		var r record.Record
		err := scanRecord(rows, &r, &n)
		if err == nil {
			out[n-1] = r
		}
		return err
	}})
	if err != nil {
		return nil, s.db.fault(ctx, err, doing)
	}
	return out, nil
}

// split gives keys as two columns.
func split(keys []record.Key) (kinds, ids []string) {
	kinds, ids = make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		kinds[i], ids[i] = string(key.Kind), key.ID
	}
	return kinds, ids
}

// List pages through one kind; see store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	const doing = "listing records"
	if err := s.begin(ctx, doing); err != nil {
		return store.Page{}, err
	}
	q, after, err := s.db.kinds.CheckQuery(q)
	if err != nil {
		return store.Page{}, err
	}
	spec, err := s.db.kinds.Spec(q.Kind)
	if err != nil {
		return store.Page{}, err
	}
	page, err := s.page(ctx, q, spec, after)
	if err != nil {
		return store.Page{}, s.db.fault(ctx, err, doing)
	}
	return page, nil
}

func (s *Store) page(ctx context.Context, q store.Query, spec store.KindSpec, after *store.Cursor) (store.Page, error) {
	var out store.PageRows
	text, args := listQuery(s.no, q, orderColumn(q, spec), after)
	err := s.db.read(ctx, s.sealed, query{text, args, func() {
		out = store.NewPageRows(q)
	}, func(rows pgx.Rows) error {
		var r record.Record
		var key string
		if err := scanRecord(rows, &r, &key); err != nil {
			return err
		}
		out.Add(r, key)
		return nil
	}})
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
func listQuery(owner int64, q store.Query, column string, after *store.Cursor) (string, []any) {
	text, args := `SELECT r.`+column+`, `+columns+` FROM kai.records r WHERE r.owner = $1 AND r.kind = $2`, []any{owner, q.Kind}
	add := func(condition string, values ...any) {
		places := make([]any, len(values))
		for i := range values {
			places[i] = fmt.Sprintf("$%d", len(args)+i+1)
		}
		text += " AND " + fmt.Sprintf(condition, places...)
		args = append(args, values...)
	}
	if column != "id" {
		add(column + " IS NOT NULL") // lets PostgreSQL use the partial index
	}
	if !q.Deleted {
		add("NOT deleted")
	}
	if q.Equal != "" {
		add(column+" = %s", q.Equal)
	}
	if q.From != "" {
		add(column+" >= %s", q.From)
	}
	if q.To != "" {
		add(column+" < %s", q.To)
	}
	beyond, direction := ">", ""
	if q.Reverse {
		beyond, direction = "<", " DESC"
	}
	switch {
	case after == nil:
	case column == "id" || q.Equal != "":
		add("id "+beyond+" %s", after.ID)
	default:
		add("("+column+", id) "+beyond+" (%s, %s)", after.Key, after.ID)
	}
	order := " ORDER BY " + column + direction + ", id" + direction
	if column == "id" {
		order = " ORDER BY id" + direction
	}
	return text + order + fmt.Sprintf(" LIMIT $%d", len(args)+1), append(args, q.Limit+1)
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
	if err := store.CheckSince(since, maxSeq); err != nil {
		return store.Feed{}, err
	}
	feed, head, err := s.feed(ctx, since, limit)
	if err != nil {
		return store.Feed{}, s.db.fault(ctx, err, doing)
	}
	if err := store.CheckSince(since, head); err != nil {
		return store.Feed{}, err
	}
	return feed, nil
}

// maxSeq is the largest number that PostgreSQL holds.
const maxSeq = 1<<63 - 1

// feed reads a slice of the feed, and before it the feed's last number.
func (s *Store) feed(ctx context.Context, since uint64, limit int) (feed store.Feed, head uint64, err error) {
	err = s.db.read(ctx, s.sealed, s.headQuery(&head), s.feedQuery(&feed, since, limit))
	return feed, head, err
}

func (s *Store) feedQuery(feed *store.Feed, since uint64, limit int) query {
	const changes = `SELECT r.seq, ` + columns + ` FROM kai.records r WHERE r.owner = $1 AND r.seq > $2 ORDER BY r.seq LIMIT $3`
	return query{changes, []any{s.no, since, limit + 1}, func() {
		*feed = store.Feed{Records: []record.Record{}, Seq: since}
	}, func(rows pgx.Rows) error {
		var r record.Record
		var seq uint64
		if err := scanRecord(rows, &r, &seq); err != nil {
			return err
		}
		feed.Add(r, seq, limit)
		return nil
	}}
}

// head is the last number of the feed.
func (s *Store) head(ctx context.Context) (head uint64, err error) {
	err = s.db.read(ctx, s.sealed, s.headQuery(&head))
	return head, err
}

func (s *Store) headQuery(head *uint64) query {
	const last = `SELECT seq FROM kai.owners WHERE no = $1`
	return query{last, []any{s.no}, func() {}, func(rows pgx.Rows) error { return rows.Scan(head) }}
}
