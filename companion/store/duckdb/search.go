//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// SearchText finds records by words; see store.TextSearcher. It reads the folded words of every record of the kind, on
// all processors: DuckDB's own full-text index is an extension from the network and does not follow changes.
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
	text, args := searchQuery(q, words)
	err = s.each(ctx, text, args, func(rows *sql.Rows) error {
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

// searchQuery asks for every word as the start of a word.
func searchQuery(q store.TextQuery, words []string) (string, []any) {
	args := []any{string(q.Kind)}
	for _, word := range words {
		args = append(args, " "+word)
	}
	return `SELECT ` + columns + ` FROM records WHERE kind = ?` + strings.Repeat(` AND contains(words, ?)`, len(words)) +
		fmt.Sprintf(` ORDER BY id DESC LIMIT %d`, q.Limit), args
}
