package store

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

// Bounds of one batch when Load falls back to Apply: a transaction that a slow disk takes in well under a second.
const (
	loadRecords = 1000
	loadBytes   = 8 << 20
)

// Load writes many records, the newer version winning: with the backend's bulk loader where it has one, otherwise by
// Apply in chunks that are each atomic. A load that failed half-way is repeated as it is.
func Load(ctx context.Context, s Store, records []record.Record) error {
	if loader, ok := s.(BulkLoader); ok {
		if err := loader.LoadBulk(ctx, records); fault.CodeOf(err) != fault.Unsupported {
			return err
		}
	}
	for len(records) > 0 {
		n := Chunk(records, loadRecords, loadBytes)
		batch := make([]Write, n)
		for i, r := range records[:n] {
			batch[i] = Put(r)
		}
		if _, err := s.Apply(ctx, batch...); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// Chunk says how many of the records, at least one, go together: at most so many, of so many bytes of bodies.
func Chunk(records []record.Record, most, bytes int) int {
	size := 0
	for i, r := range records {
		if size += len(r.Body); i > 0 && (i == most || size > bytes) {
			return i
		}
	}
	return len(records)
}
