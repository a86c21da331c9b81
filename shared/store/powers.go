package store

import (
	"context"

	"github.com/kindos/kai/shared/record"
)

// TextSearcher is the optional power of full-text search. All words must occur (case and accents folded, prefix match);
// newest first. The helper Search falls back to a scan.
type TextSearcher interface {
	SearchText(ctx context.Context, q TextQuery) ([]Hit, error)
}

// TextQuery asks for records of a kind whose text fields hold every word of Words.
type TextQuery struct {
	Kind  record.Kind `json:"kind"`
	Words string      `json:"words"`
	Limit int         `json:"limit,omitempty"`
}

// Hit is a found record's key with the text around the first match.
type Hit struct {
	Key     record.Key `json:"key"`
	Snippet string     `json:"snippet"`
}

// BulkLoader is the optional power of loading many new records faster than Apply. The records are written as by Apply
// without conditions, in chunks that are each atomic. The helper Load falls back to Apply.
type BulkLoader interface {
	LoadBulk(ctx context.Context, records []record.Record) error
}

// Measurer is the optional power of saying how much is stored.
type Measurer interface {
	Measure(ctx context.Context) (Usage, error)
}

// Usage is what a store holds. Bytes is used space, Quota the limit (0 when there is none known). Durable is false when
// the records live in memory only; Backend names the engine ("indexeddb", "memory", ...).
type Usage struct {
	Backend string                `json:"backend"`
	Durable bool                  `json:"durable"`
	Bytes   int64                 `json:"bytes"`
	Quota   int64                 `json:"quota,omitempty"`
	Records map[record.Kind]int64 `json:"records"`
}

// Sweeper is the optional power of forgetting deletions, for whoever knows that nobody will ask for them.
type Sweeper interface {
	// Sweep forgets each tombstone that is still the stored state of its key, in that version, all of them or none. The
	// newest change of all stays, whose number is the end of the feed: no number is ever given out twice. What is no
	// tombstone, and kinds that the store does not have, are passed over.
	Sweep(ctx context.Context, tombstones ...record.Record) error
}

// Waiter is the optional power of telling that the change feed goes on, so that a follower need not look again and again.
type Waiter interface {
	// Wait comes back once the feed has something after sequence number since, whichever process wrote it: at once when it
	// has already. A since that the store has not reached answers fault.Invalid, and ctx's end its fault.
	Wait(ctx context.Context, since uint64) error
}
