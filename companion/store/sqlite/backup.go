package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	codes "modernc.org/sqlite/lib"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// engine is SQLite's part of backups.
func engine(schema []store.KindSpec) upkeep.Engine {
	return upkeep.Engine{
		Name: "sqlite", File: "kai.db", Companions: companions,
		Check: func(ctx context.Context, path string, progress upkeep.Progress) (upkeep.Report, error) {
			i, err := Inspect(ctx, path, schema)
			if err != nil {
				return upkeep.Report{}, err
			}
			report, err := i.Check(ctx, progress)
			return report, errors.Join(err, i.Close())
		},
		Open: func(ctx context.Context, path string) error {
			opened, err := Open(ctx, path, schema)
			if err != nil {
				return err
			}
			return opened.Close()
		},
	}
}

// Backup copies a store into the new folder to, also while another process writes, and opens the copy to compare it: every
// page, record and blob. What it answers is on the disk; after an error nothing is left.
func (i *Inspector) Backup(ctx context.Context, to string, now time.Time, progress upkeep.Progress) (upkeep.Manifest, error) {
	m, err := engine(i.store.kinds.Schema()).Backup(ctx, i.store.path, to, now, progress, func(to string) error {
		return i.copyDatabase(ctx, to)
	})
	if err != nil {
		return m, i.store.fault(ctx, err, "making a backup")
	}
	return m, nil
}

// Restore puts a backup in the place of the store at path, which nobody may have open. The backup is copied and the copy
// checked before anything is moved; what was there goes aside, and comes back when the new one does not open. Aside is
// where it went, "" when there was nothing.
func Restore(ctx context.Context, from, path string, schema []store.KindSpec, now time.Time, progress upkeep.Progress) (m upkeep.Manifest, aside string, err error) {
	return engine(schema).Restore(ctx, from, path, now, progress)
}

// copyDatabase writes the state of one moment, and then compares the two files record by record.
func (i *Inspector) copyDatabase(ctx context.Context, to string) error {
	if err := prepareFile(to); err != nil { // so that nobody else can read it for a moment
		return err
	}
	if _, err := i.db.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil { // of this connection; the copy is written
		return err
	}
	if _, err := i.db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return copyFailed((&Store{path: to}).fault(ctx, err, "writing the copy"), i.store.path)
	}
	return compare(ctx, i.db, to)
}

// copyFailed says of damage where it is: SQLite does not tell which of the two files has it.
func copyFailed(err error, path string) error {
	if fault.CodeOf(err) == fault.Malformed {
		return (&Store{path: path}).explain(codes.SQLITE_CORRUPT, err, "")
	}
	return err
}

// compare looks at both files at once. What was written since the copy was made may be missing in it; all else is equal.
func compare(ctx context.Context, db *sql.DB, to string) error {
	if _, err := db.ExecContext(ctx, `ATTACH ? AS copy`, to); err != nil {
		return err
	}
	const lost = `SELECT count(*) FROM main.records s WHERE s.seq <= (SELECT coalesce(max(seq), 0) FROM copy.records) AND NOT EXISTS (
		SELECT 1 FROM copy.records c WHERE c.seq = s.seq AND c.kind = s.kind AND c.id = s.id AND c.version = s.version AND c.deleted = s.deleted AND c.body IS s.body)`
	const foreign = `SELECT count(*) FROM copy.records c WHERE NOT EXISTS (
		SELECT 1 FROM main.records s WHERE s.kind = c.kind AND s.id = c.id AND s.version >= c.version)`
	var wrong [2]int64
	for n, query := range []string{lost, foreign} {
		if err := db.QueryRowContext(ctx, query).Scan(&wrong[n]); err != nil {
			return err
		}
	}
	if wrong != [2]int64{} {
		return fault.New(fault.Malformed, "the copy %s lacks %d records and has %d others", to, wrong[0], wrong[1]).
			WithRemedy("check the disks with kai store check, then make the backup again")
	}
	return nil
}
