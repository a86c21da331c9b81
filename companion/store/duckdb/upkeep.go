//go:build duckdb && cgo

package duckdb

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// companions are the files beside a database while it is open, or after a kill.
func companions(path string) []string {
	return []string{path + logSuffix, path + ".lock", path + ".tmp"}
}

// engine is DuckDB's part of backups.
func engine(schema []store.KindSpec) upkeep.Engine {
	return upkeep.Engine{
		Name: "duckdb", File: "kai.duckdb", Companions: companions,
		Check: func(ctx context.Context, path string, progress upkeep.Progress) (upkeep.Report, error) {
			i, err := Inspect(ctx, path, schema)
			if err != nil {
				return upkeep.Report{}, err
			}
			report, err := i.Check(ctx, progress)
			return report, errors.Join(err, i.Close(), os.Remove(path+".lock")) // of a copy, which only we know of
		},
		Open: func(ctx context.Context, path string) error { return openOnce(ctx, path, schema) },
	}
}

// openOnce opens a store, which folds its log into its file, and closes it.
func openOnce(ctx context.Context, path string, schema []store.KindSpec) error {
	s, err := Open(ctx, path, schema)
	if err != nil {
		return err
	}
	return s.Close()
}

// Backup copies the file and its log, folds the one into the other, and compares every record of the two; see upkeep.Keeper.
func (i inspector) Backup(ctx context.Context, to string, now time.Time, progress upkeep.Progress) (upkeep.Manifest, error) {
	m, err := engine(i.kinds.Schema()).Backup(ctx, i.path, to, now, progress, func(to string) error { return i.copyTo(ctx, to) })
	if err != nil {
		return m, i.fault(ctx, err, "making a backup")
	}
	return m, nil
}

func (i inspector) copyTo(ctx context.Context, to string) error {
	for _, suffix := range []string{"", logSuffix} {
		err := copyFile(ctx, i.path+suffix, to+suffix)
		if err != nil && (suffix == "" || !errors.Is(err, fs.ErrNotExist)) {
			return fault.Wrap(fault.Unavailable, err, "the record store cannot be copied to "+to).
				WithRemedy("check the free space there and that you may write there; the store is as it was")
		}
	}
	if err := openOnce(ctx, to, i.kinds.Schema()); err != nil {
		return err
	}
	want, err := sumOf(ctx, i.db)
	if err != nil {
		return err
	}
	return verify(ctx, to, want)
}

// copyFile copies a file that nobody writes.
func copyFile(ctx context.Context, from, to string) error {
	source, err := os.Open(from) //nolint:gosec // the store's own
	if err != nil {
		return err
	}
	defer source.Close()                                                       //nolint:errcheck // it was only read
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, private) //nolint:gosec // in the new folder
	if err != nil {
		return err
	}
	_, err = io.Copy(target, store.While(ctx, "copying the record store", source))
	return errors.Join(err, target.Close())
}

// Restore puts a backup in the place of the store at path; see upkeep.Engine.
func Restore(ctx context.Context, from, path string, schema []store.KindSpec, now time.Time, progress upkeep.Progress) (upkeep.Manifest, string, error) {
	return engine(schema).Restore(ctx, from, path, now, progress)
}

// Compact sweeps the blobs that no record names and that were put before a time, and lets DuckDB give back what is free at the
// end of its file. Nobody else may have the store open.
func Compact(ctx context.Context, path string, schema []store.KindSpec, before time.Time, progress upkeep.Progress) (upkeep.Compacted, error) {
	out := upkeep.Compacted{Before: sizeOf(path)}
	s, err := open(ctx, path, schema)
	if err != nil {
		return out, err
	}
	err = s.compact(ctx, before, &out, progress)
	if err := errors.Join(err, s.Close()); err != nil {
		return out, err
	}
	out.After = sizeOf(path)
	return out, nil
}

func (s *Store) compact(ctx context.Context, before time.Time, out *upkeep.Compacted, progress upkeep.Progress) error {
	progress.Tell("sweeping blobs", 0, 0)
	swept, err := s.SweepBlobs(ctx, before)
	if err != nil {
		return err
	}
	for _, b := range swept {
		out.Blobs, out.BlobBytes = out.Blobs+1, out.BlobBytes+b.Size
	}
	progress.Tell("giving free space back", 0, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.writer.ExecContext(ctx, `FORCE CHECKPOINT kai`); err != nil {
		return s.fault(ctx, err, "compacting the record store")
	}
	return nil
}
