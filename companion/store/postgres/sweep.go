package postgres

import (
	"context"

	"github.com/kindos/kai/shared/record"
)

// Sweep forgets deletions; see store.Sweeper.
func (s *Store) Sweep(ctx context.Context, tombstones ...record.Record) error {
	const doing = "forgetting deletions"
	if err := s.begin(ctx, doing); err != nil {
		return err
	}
	c := newCols(len(tombstones))
	for _, r := range tombstones {
		c.add(row{numbered: numbered{record: r}})
	}
	const forget = `DELETE FROM kai.records r USING unnest($2::text[], $3::text[], $4::text[]) t (kind, id, version)
		WHERE r.owner = $1 AND r.kind = t.kind AND r.id = t.id AND r.version = t.version AND r.deleted AND r.seq < $5`
	err := s.transact(ctx, nil, func(w *writing, _ versions) error {
		_, err := w.tx.Exec(ctx, forget, s.no, c.kinds, c.ids, c.versions, w.seq)
		return err
	})
	if err != nil {
		return s.db.fault(ctx, err, doing)
	}
	return nil
}
