package sqlite

import (
	"context"
	"time"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/store"
)

// Compact sweeps the blobs that no record names and that were put before a time, and writes the file anew without its
// free pages. It needs as much free space as the file has, and everybody waits for it.
func (s *Store) Compact(ctx context.Context, before time.Time, progress upkeep.Progress) (upkeep.Compacted, error) {
	out := upkeep.Compacted{Before: sizeOf(s.path)}
	progress.Tell("sweeping blobs", 0, 0)
	swept, err := s.SweepBlobs(ctx, before)
	if err != nil {
		return out, err
	}
	for _, b := range swept {
		out.Blobs, out.BlobBytes = out.Blobs+1, out.BlobBytes+b.Size
	}
	progress.Tell("writing the file anew", 0, 0)
	if err := s.vacuum(ctx); err != nil {
		return out, s.fault(ctx, err, "compacting the record store")
	}
	out.After = sizeOf(s.path)
	return out, nil
}

func (s *Store) vacuum(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, statement := range []string{`INSERT INTO texts(texts) VALUES ('optimize')`, `VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if err := store.Ended(ctx, "compacting the record store"); err != nil {
			return err
		}
		if _, err := s.writer.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
