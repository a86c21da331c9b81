package app

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/kindos/kai/companion/metrics"
	"github.com/kindos/kai/companion/queue"
)

// measured is how this kai is at this moment, for the dashboard.
func (a *App) measured(ctx context.Context) metrics.Sample {
	s := metrics.Sample{Memory: metrics.Resident(), Storage: a.onDisk(ctx), Steps: a.Health(ctx).Steps}
	if a.queue == nil {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	if n, err := a.queue.Count(ctx); err == nil {
		s.Waiting, s.Running, s.Dead = n[queue.Waiting], n[queue.Running], n[queue.Dead]
	}
	return s
}

// onDisk is what this kai keeps, in bytes: its data directory, and the records where they lie elsewhere.
func (a *App) onDisk(ctx context.Context) int64 {
	home, records := a.opt.Dir.Path(), a.opt.Dir.File(a.opt.Config.Storage.Files)
	sum := sizeOf(ctx, home)
	if inside, err := filepath.Rel(home, records); err != nil || !filepath.IsLocal(inside) {
		sum += sizeOf(ctx, records)
	}
	return sum
}

// sizeOf is what the files under a folder take, in bytes. What can't be read, or goes meanwhile, counts nothing.
func sizeOf(ctx context.Context, folder string) int64 {
	var sum int64
	_ = filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error { // its errors are those of the function
		if err != nil || entry.IsDir() {
			return ctx.Err()
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return ctx.Err()
	})
	return sum
}
