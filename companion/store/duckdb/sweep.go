//go:build duckdb && cgo

package duckdb

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
	kinds, ids, versions := make([]string, len(tombstones)), make([]string, len(tombstones)), make([]string, len(tombstones))
	for i, r := range tombstones {
		kinds[i], ids[i], versions[i] = string(r.Kind), r.ID, string(r.Version)
	}
	const forget = `DELETE FROM records WHERE (kind, id, version) IN (SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]))
		AND deleted AND seq < ?`
	err := s.transact(ctx, func(w *writing) error {
		_, err := w.conn.ExecContext(ctx, forget, kinds, ids, versions, w.seq)
		return err
	})
	if err != nil {
		return s.fault(ctx, err, doing)
	}
	return nil
}
