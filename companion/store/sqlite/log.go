package sqlite

import (
	"context"
	"database/sql"
	"os"

	"modernc.org/sqlite"

	"github.com/kindos/kai/shared/fault"
)

// What was written last is in a log beside the file (path-wal), and SQLite takes a log that is gone for one that never
// was. So a mark says that the store is open: with a mark and without a log, something took the log away.

func logOf(path string) string  { return path + "-wal" }
func markOf(path string) string { return path + "-open" }

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// checkLog refuses a store that was not closed and whose log is gone.
func checkLog(path string) error {
	if !there(markOf(path)) || there(logOf(path)) {
		return nil
	}
	return fault.New(fault.Malformed, "the log of the record store %s was removed, and what was written last with it", path).
		WithRemedy("put %s back; if it is lost, restore a backup, or delete %s to go on with what is left (another tool that opened the store may have moved it there whole)", logOf(path), markOf(path))
}

// checkLogStays refuses a write while the log is gone from its folder: what was written since is in a file without a name.
func (s *Store) checkLogStays() error {
	if there(logOf(s.path)) {
		return nil
	}
	return fault.New(fault.Unavailable, "the log of the record store %s was removed while kAI runs", s.path).
		WithRemedy("stop kAI now: that saves what was written; then start it again")
}

// mark says that the store is open.
func mark(path string) error {
	if err := os.WriteFile(markOf(path), nil, private); err != nil {
		return notWritable(err, path)
	}
	return nil
}

// settle folds the log into the file and takes the mark away; not while another process has the store open.
func settle(ctx context.Context, db *sql.DB, path string) error {
	var busy, inLog, moved int
	if err := db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &inLog, &moved); err != nil || busy != 0 {
		return err
	}
	if !there(markOf(path)) {
		return nil
	}
	return os.Remove(markOf(path))
}

// keepLog makes SQLite leave the log's file where it is when the last connection closes.
func keepLog(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	return conn.Raw(func(driver any) error {
		if control, ok := driver.(sqlite.FileControl); ok {
			_, err = control.FileControlPersistWAL("main", 1)
		}
		return err
	})
}
