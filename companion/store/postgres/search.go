package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// SearchText finds records by words; see store.TextSearcher.
//
// It walks the owner's records of the kind from the newest on and stops when enough are found. A GIN index would not be
// used: under row level security only leakproof operators may look before the policy does, and @@ is not one. It would also
// hold the words of all owners.
func (s *Store) SearchText(ctx context.Context, q store.TextQuery) ([]store.Hit, error) {
	const doing = "searching"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	q, words, err := s.db.kinds.CheckText(q)
	if err != nil {
		return nil, err
	}
	hits := []store.Hit{}
	if len(words) == 0 {
		return hits, nil
	}
	spec, err := s.db.kinds.Spec(q.Kind)
	if err != nil {
		return nil, err
	}
	text, args := searchQuery(s.no, q, words)
	err = s.db.read(ctx, s.sealed, query{text, args, func() {
		hits = []store.Hit{}
	}, func(rows pgx.Rows) error {
		var r record.Record
		if err := scanRecord(rows, &r); err != nil {
			return err
		}
		hits = append(hits, store.Hit{Key: r.Key(), Snippet: store.Snippet(store.Text(spec, r), words)})
		return nil
	}})
	if err != nil {
		return nil, s.db.fault(ctx, err, doing)
	}
	return hits, nil
}

// searchQuery looks for every word as the start of one of a record's words.
func searchQuery(owner int64, q store.TextQuery, words []string) (string, []any) {
	text, args := `SELECT `+columns+` FROM kai.records r WHERE r.owner = $1 AND r.kind = $2`, []any{owner, q.Kind}
	for _, word := range words {
		args = append(args, " "+word)
		text += fmt.Sprintf(" AND strpos(r.words, $%d) > 0", len(args))
	}
	return text + fmt.Sprintf(" ORDER BY r.id DESC LIMIT $%d", len(args)+1), append(args, q.Limit)
}
