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
		n := chunk(records)
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

// chunk says how many records go into the next batch: at least one.
func chunk(records []record.Record) int {
	size := 0
	for i, r := range records {
		if size += len(r.Body); i > 0 && (i == loadRecords || size > loadBytes) {
			return i
		}
	}
	return len(records)
}
