//go:build duckdb && cgo

package duckdb

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// fault gives an error its code and remedy: the context's end first, then a closed store, a fault that has a code
// already, and what DuckDB reports.
func (s *Store) fault(ctx context.Context, err error, doing string) error {
	var known *fault.Fault
	if errors.As(err, &known) {
		return err
	}
	if ended := store.Ended(ctx, doing); ended != nil {
		return ended
	}
	if s.closed.Load() {
		return store.Closed()
	}
	var told *duckdb.Error
	if !errors.As(err, &told) {
		return fault.Wrap(fault.Internal, err, doing)
	}
	return s.explain(told, doing)
}

// explain turns DuckDB's errors into what the person can do about them. DuckDB tells most by its words only.
func (s *Store) explain(err *duckdb.Error, doing string) error {
	says := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(err.Msg, word) {
				return true
			}
		}
		return false
	}
	switch {
	case says("Could not set lock", "is already attached", "being used by another process"):
		return inUse(err, s.path)
	case says("No space left", "not enough space", "File too large"):
		return fault.Wrap(fault.Exhausted, err, "the disk with the record store "+s.path+" is full").
			WithRemedy("free some space, then start kAI again; nothing that was stored before is lost")
	case says("Permission denied", "Read-only file system", "No such file or directory", "Is a directory", "read-only"):
		return notWritable(err, s.path)
	case says("version number"):
		return newer(err, s.path)
	case says("valid DuckDB database", "orrupt", "checksum", "Could not read enough bytes", "enough bytes", "reached the end of the file"),
		err.Type == duckdb.ErrorTypeSerialization:
		return damaged(err, s.path)
	case err.Type == duckdb.ErrorTypeOutOfMemory:
		return fault.Wrap(fault.Exhausted, err, "there is not enough memory for "+doing).WithRemedy("close other programs")
	case err.Type == duckdb.ErrorTypeFatal:
		return fault.Wrap(fault.Unavailable, err, "the record store "+s.path+" stopped after an earlier error").
			WithRemedy("start kAI again; nothing that was stored is lost")
	case err.Type == duckdb.ErrorTypeIO:
		return fault.Wrap(fault.Unavailable, err, "the disk with the record store "+s.path+" does not work").
			WithRemedy("check that the disk is connected and healthy, then start kAI again")
	default:
		return fault.Wrap(fault.Internal, err, doing)
	}
}

func inUse(err error, path string) error {
	return fault.Wrap(fault.Unavailable, err, "another program is using the record store "+path).
		WithRemedy("close the other kAI or the tool that has the file open, then try again")
}

func notWritable(err error, path string) error {
	return fault.Wrap(fault.Unavailable, err, "the record store "+path+" cannot be opened for writing").
		WithRemedy("make sure that the folder %s exists and that you may write there", filepath.Dir(path))
}

func damaged(err error, path string) error {
	return fault.Wrap(fault.Malformed, err, "the record store "+path+" is damaged").
		WithRemedy("move the file away and restore it from a backup or an export; keep the damaged file, parts may be saved")
}

func newer(err error, path string) error {
	return fault.Wrap(fault.Unsupported, err, "the record store "+path+" was written by a newer kAI").
		WithRemedy("update kAI, or choose another data folder with --data")
}
