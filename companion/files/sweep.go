package files

import (
	"context"
	"log/slog"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// sweepEvery is how often what a killed kai had half taken is looked for.
const sweepEvery = 24 * time.Hour

// coarse is how far a file system's times may be behind the clock.
const coarse = time.Second

// Run frees the content of deleted files soon after each deletion, and once a day whatever nobody names, until ctx ends.
func (k *Keeper) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.free:
		case <-tick.C:
		}
		freed, err := k.Sweep(ctx)
		switch {
		case fault.CodeOf(err) == fault.Unsupported:
			return // there are no files
		case err != nil && ctx.Err() == nil:
			log.Warn("the content of deleted files is still there", "error", err)
		case len(freed) > 0:
			log.Info("the content of deleted files was freed", "files", len(freed))
		}
	}
}

// ring has Run look.
func (k *Keeper) ring() {
	select {
	case k.free <- struct{}{}:
	default: // it rings already
	}
}

// Sweep frees what no record names. No file begins to come meanwhile; what came since the oldest began that is still
// coming stays, since its record is yet to be written, and is looked at again when all have come.
func (k *Keeper) Sweep(ctx context.Context) ([]store.Blob, error) {
	blobs, err := store.Blobs(k.opt.Store)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.opt.Now()
	for began := range k.coming {
		if earlier := began.Add(-coarse); earlier.Before(before) {
			before = earlier
		}
	}
	k.again = len(k.coming) > 0
	return blobs.SweepBlobs(ctx, before)
}
