package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// SearchText finds records by words; see store.TextSearcher.
func (s *Store) SearchText(ctx context.Context, q store.TextQuery) ([]store.Hit, error) {
	const doing = "searching"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	q, words, err := s.kinds.CheckText(q)
	if err != nil {
		return nil, err
	}
	hits := []store.Hit{}
	if len(words) == 0 {
		return hits, nil
	}
	spec, err := s.kinds.Spec(q.Kind)
	if err != nil {
		return nil, err
	}
	const query = `SELECT ` + columns + ` FROM records WHERE seq IN (SELECT rowid FROM texts WHERE texts MATCH ?) AND kind = ? ORDER BY id DESC LIMIT ?`
	err = s.each(ctx, query, []any{match(words), q.Kind, q.Limit}, func(rows *sql.Rows) error {
		var r record.Record
		if err := scanRecord(rows, &r); err != nil {
			return err
		}
		hits = append(hits, store.Hit{Key: r.Key(), Snippet: store.Snippet(store.Text(spec, r), words)})
		return nil
	})
	if err != nil {
		return nil, s.fault(ctx, err, doing)
	}
	return hits, nil
}

// match asks for every word as a prefix. Folded words are letters and digits only, so the quotes hold whatever was typed.
func match(words []string) string {
	var b strings.Builder
	for _, word := range words {
		b.WriteString(`"` + word + `"* `)
	}
	return b.String()
}
