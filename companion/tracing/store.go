package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// MostBatches is how many batches of a store one trace tells of: an answer is saved several times a second for as long as it
// is made, and would soon be all that is kept.
const MostBatches = 64

// records is a store with every power that those of kai have.
type records interface {
	store.Store
	store.TextSearcher
	store.BulkLoader
	store.Measurer
	store.Sweeper
	store.BlobStore
}

// Store tells of the batches that are written, whoever writes them. A store that lacks a power of kai's stores is given back
// as it is: one that is told of would promise it.
func (t *Tracer) Store(next store.Store) store.Store {
	if all, ok := next.(records); ok {
		return batches{all, t}
	}
	return next
}

type batches struct {
	records
	tracer *Tracer
}

// Apply writes one.
func (b batches) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if len(batch) == 0 {
		return b.records.Apply(ctx) // it only asks where the feed is
	}
	ctx, span := b.tracer.batch(ctx, attribute.Int("kai.records", len(batch)))
	out, err := b.records.Apply(ctx, batch...)
	span.End(err)
	return out, err
}

// LoadBulk writes many at once.
func (b batches) LoadBulk(ctx context.Context, all []record.Record) error {
	ctx, span := b.tracer.batch(ctx, attribute.Int("kai.records", len(all)))
	err := b.records.LoadBulk(ctx, all)
	span.End(err)
	return err
}

// batch begins the span of a batch, unless its trace has told of enough.
func (t *Tracer) batch(ctx context.Context, more attribute.KeyValue) (context.Context, Span) {
	if id, ok := idOf(ctx); !ok || !t.counts(id) {
		return ctx, Span{}
	}
	return t.Start(ctx, "store batch", more)
}
