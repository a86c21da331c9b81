package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/kindos/kai/companion/sqlitefile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// migrations are the steps of the layout, in the order of their numbers. A step that has shipped never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// application marks the file as ours ("kAIr"), so that another program's database is never written to.
const application = 0x6b414972

// inspect looks at the file before anything touches it: it must be ours or empty, and not newer than this program.
func inspect(ctx context.Context, path string) error {
	db, err := sqlitefile.Look(path)
	if err != nil {
		return err
	}
	_, err = layoutOf(ctx, db, path)
	return errors.Join(err, db.Close())
}

// layoutOf answers how many steps a file has, 0 for an empty one; not ours, or newer, is refused.
func layoutOf(ctx context.Context, db *sql.DB, path string) (int, error) {
	done, err := checkOwner(ctx, db, path)
	if err != nil {
		return 0, err
	}
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	if done > len(steps) {
		return 0, fault.New(fault.Unsupported, "the record store %s was written by a newer kAI", path).
			WithRemedy("update kAI, or choose another data folder with --data")
	}
	return done, nil
}

// migrate brings the file's layout to the newest step, each step in a transaction of its own.
func migrate(ctx context.Context, db *sql.DB) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var done int
	if err := db.QueryRowContext(ctx, `SELECT user_version FROM pragma_user_version`).Scan(&done); err != nil {
		return err
	}
	for i, step := range steps[min(done, len(steps)):] {
		if err := migrateStep(ctx, db, step, done+i+1); err != nil {
			return fmt.Errorf("migration %s: %w", step, err)
		}
	}
	return nil
}

// checkOwner makes sure that the file is ours or empty, and answers how many steps it has.
func checkOwner(ctx context.Context, db *sql.DB, path string) (steps int, err error) {
	var app, objects int
	const facts = `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version`
	if err := db.QueryRowContext(ctx, facts).Scan(&app, &steps, &objects); err != nil {
		return 0, err
	}
	if app != application && (app != 0 || objects > 0 || steps > 0) {
		return 0, fault.New(fault.Invalid, "%s is a database of another program", path).
			WithRemedy("choose another data folder with --data")
	}
	return steps, nil
}

func migrateStep(ctx context.Context, db *sql.DB, file string, number int) error {
	text, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing; otherwise the first error counts
	var done int
	if err := tx.QueryRowContext(ctx, `SELECT user_version FROM pragma_user_version`).Scan(&done); err != nil {
		return err
	}
	if done >= number {
		return nil // another process was faster
	}
	marks := fmt.Sprintf(`;PRAGMA application_id = %d; PRAGMA user_version = %d`, application, number)
	if _, err := tx.ExecContext(ctx, string(text)+marks); err != nil {
		return err
	}
	return tx.Commit()
}

// derived says what keys and words were computed with. A file of another schema version is refused when newer and
// computed again when it differs.
type derived struct {
	Version int              `json:"version"`
	Kinds   []store.KindSpec `json:"kinds"`
}

// derive makes sure that keys and words fit the schema.
func (s *Store) derive(ctx context.Context, schema []store.KindSpec) error {
	now, err := json.Marshal(derived{store.SchemaVersion, schema})
	if err != nil {
		return err
	}
	return s.transact(ctx, func(w *writing) error {
		var before string
		err := w.tx.QueryRowContext(ctx, `SELECT coalesce(max(value), '') FROM facts WHERE name = 'schema'`).Scan(&before)
		if err != nil || before == string(now) {
			return err
		}
		var held derived
		if json.Unmarshal([]byte(before), &held) == nil && held.Version > store.SchemaVersion {
			return fault.New(fault.Unsupported, "the record store %s was written by a newer kAI", s.path).
				WithRemedy("update kAI, or choose another data folder with --data")
		}
		if err := s.deriveAll(ctx, w); err != nil {
			return err
		}
		_, err = w.tx.ExecContext(ctx, `INSERT INTO facts VALUES ('schema', ?) ON CONFLICT DO UPDATE SET value = excluded.value`, string(now))
		return err
	})
}

// deriveAll computes every record's keys and words again, a page at a time.
func (s *Store) deriveAll(ctx context.Context, w *writing) error {
	if _, err := w.tx.ExecContext(ctx, `INSERT INTO texts(texts) VALUES ('delete-all')`); err != nil {
		return err
	}
	for since := uint64(0); ; {
		page, err := w.page(ctx, since)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, row := range page {
			if err := w.deriveOne(ctx, row); err != nil {
				return err
			}
			since = row.seq
		}
	}
}

// row is a record with its number.
type row struct {
	seq    uint64
	record record.Record
}

func (w *writing) page(ctx context.Context, since uint64) ([]row, error) {
	rows, err := w.tx.QueryContext(ctx, `SELECT seq, `+columns+` FROM records WHERE seq > ? ORDER BY seq LIMIT 500`, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var out []row
	for rows.Next() {
		var r row
		if err := scanRecord(rows, &r.record, &r.seq); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (w *writing) deriveOne(ctx context.Context, r row) error {
	spec, err := w.kinds.Spec(r.record.Kind)
	if err != nil {
		return nil //nolint:nilerr // a kind that this schema no longer lists is kept and not shown
	}
	keys, words := foundBy(spec, r.record)
	_, err = w.tx.ExecContext(ctx, `UPDATE records SET key1 = ?, key2 = ?, key3 = ? WHERE seq = ?`, keys[0], keys[1], keys[2], r.seq)
	if err != nil {
		return err
	}
	return w.addText(ctx, r.seq, words)
}
