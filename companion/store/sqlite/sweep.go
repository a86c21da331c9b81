package sqlite

import (
	"context"

	"github.com/kindos/kai/shared/record"
)

// Sweep forgets deletions; see store.Sweeper. A tombstone has neither keys nor words.
func (s *Store) Sweep(ctx context.Context, tombstones ...record.Record) error {
	const doing = "forgetting deletions"
	if err := s.begin(ctx, doing); err != nil {
		return err
	}
	err := s.transact(ctx, func(w *writing) error {
		const forget = `DELETE FROM records WHERE kind = ? AND id = ? AND version = ? AND deleted <> 0 AND seq < ?`
		stmt, err := w.tx.PrepareContext(ctx, forget)
		if err != nil {
			return err
		}
		defer stmt.Close() //nolint:errcheck // it ends with the transaction anyway
		for _, r := range tombstones {
			if _, err := stmt.ExecContext(ctx, r.Kind, r.ID, r.Version, w.seq); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return s.fault(ctx, err, doing)
	}
	return nil
}
