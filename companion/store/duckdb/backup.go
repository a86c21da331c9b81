//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
)

// Backup copies the store as it is at one moment into the new folder to, while others go on reading and writing; see
// upkeep.Engine. DuckDB lets in one process, so this one makes the copy: it reads in a transaction, which sees nothing of what is
// written after its beginning. The file itself is not read: closing it would drop DuckDB's lock on it.
func (s *Store) Backup(ctx context.Context, to string, now time.Time, progress upkeep.Progress) (upkeep.Manifest, error) {
	const doing = "making a backup"
	if err := s.begin(ctx, doing); err != nil {
		return upkeep.Manifest{}, err
	}
	s.backing.Lock()
	defer s.backing.Unlock()
	m, err := engine(s.kinds.Schema()).Backup(ctx, s.path, to, now, progress, func(to string) error { return s.copyTo(ctx, to) })
	if err != nil {
		return m, s.fault(ctx, err, doing)
	}
	return m, nil
}

func (s *Store) copyTo(ctx context.Context, to string) (err error) {
	want, err := s.copyRows(ctx, to)
	if err != nil {
		return err
	}
	if err := os.Chmod(to, private); err != nil {
		return notWritable(err, to)
	}
	return verify(ctx, to, want)
}

// verify opens a copy and says whether it has the records of a sum.
func verify(ctx context.Context, to, want string) error {
	copied, err := connect(to, 1, `, READ_ONLY`)
	if err != nil {
		return err
	}
	got, err := sumOf(ctx, copied)
	if err := errors.Join(err, copied.Close()); err != nil {
		return err
	}
	if got != want {
		return fault.New(fault.Malformed, "the copy %s has other records than the store", to).
			WithRemedy("check the disks with kai store check, then make the backup again")
	}
	return nil
}

// copyRows makes the file, and gives the sum of the records that went into it.
func (s *Store) copyRows(ctx context.Context, to string) (sum string, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	const name = `backup_in_the_making`
	attach := fmt.Sprintf(`ATTACH '%s' AS %s (TYPE duckdb, ROW_GROUP_SIZE %d)`, strings.ReplaceAll(to, `'`, `''`), name, rowGroup)
	if _, err := conn.ExecContext(ctx, attach); err != nil {
		return "", err
	}
	defer func() {
		_, detached := conn.ExecContext(context.WithoutCancel(ctx), `DETACH `+name) // which folds its log into its file
		err = errors.Join(err, detached)
	}()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() {
		if undone := tx.Rollback(); !errors.Is(undone, sql.ErrTxDone) {
			err = errors.Join(err, undone)
		}
	}()
	if sum, err = sumOf(ctx, tx); err != nil {
		return "", err
	}
	if _, err := tx.ExecContext(ctx, `COPY FROM DATABASE kai TO `+name); err != nil {
		return "", err
	}
	return sum, tx.Commit()
}
