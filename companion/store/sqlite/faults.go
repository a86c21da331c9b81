package sqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// fault gives an error its code and remedy: the context's end first, then a closed store, a fault that has a code
// already, and what SQLite reports.
func (s *Store) fault(ctx context.Context, err error, doing string) error {
	var known *fault.Fault
	if err == nil || errors.As(err, &known) {
		return err
	}
	if ended := store.Ended(ctx, doing); ended != nil {
		return ended
	}
	if s.closed.Load() {
		return store.Closed()
	}
	var told *sqlite.Error
	if !errors.As(err, &told) {
		return fault.Wrap(fault.Internal, err, doing)
	}
	return s.explain(told.Code()&0xff, err, doing)
}

// explain turns SQLite's primary result codes into what the person can do about them.
func (s *Store) explain(code int, err error, doing string) error {
	switch code {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fault.Wrap(fault.Unavailable, err, "another program is using the record store "+s.path).
			WithRemedy("close the other kAI or the tool that has the file open, then try again")
	case codes.SQLITE_FULL:
		return fault.Wrap(fault.Exhausted, err, "the disk with the record store "+s.path+" is full").
			WithRemedy("free some space; nothing that was stored before is lost")
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_CANTOPEN, codes.SQLITE_AUTH:
		return notWritable(err, s.path)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fault.Wrap(fault.Malformed, err, "the record store "+s.path+" is damaged").
			WithRemedy("move the file away and restore it from a backup or an export; keep the damaged file, parts may be saved")
	case codes.SQLITE_IOERR:
		return fault.Wrap(fault.Unavailable, err, "the disk with the record store "+s.path+" does not work").
			WithRemedy("check that the disk is connected and healthy, then start kAI again")
	case codes.SQLITE_TOOBIG:
		return fault.Wrap(fault.Invalid, err, "the record is too large for SQLite").WithRemedy("keep large content outside the record")
	case codes.SQLITE_NOMEM:
		return fault.Wrap(fault.Exhausted, err, "there is not enough memory for "+doing).WithRemedy("close other programs")
	default:
		return fault.Wrap(fault.Internal, err, doing)
	}
}
