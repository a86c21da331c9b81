//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// migrations are the steps of the layout, in the order of their numbers. A step that has shipped never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Names of facts: the layout's step marks the file as ours; schema is what keys and words were computed with.
const (
	factLayout = "kai layout"
	factSchema = "kai schema"
)

// inspect looks at the file before anything touches it: it must be ours or new, and not newer than this program.
func (s *Store) inspect(ctx context.Context) (err error) {
	switch _, err := os.Stat(s.path); {
	case os.IsNotExist(err):
		return nil
	case err != nil:
		return notWritable(err, s.path)
	}
	db, err := connect(s.path, 1, `, READ_ONLY`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var tables, columns int
	const owner = `SELECT (SELECT count(*) FROM duckdb_tables() WHERE database_name = 'kai'),
		(SELECT count(*) FROM duckdb_columns() WHERE database_name = 'kai' AND table_name = 'facts' AND column_name IN ('name', 'value'))`
	if err := db.QueryRowContext(ctx, owner).Scan(&tables, &columns); err != nil || tables == 0 {
		return err
	}
	var layout, schema string
	if columns == 2 {
		if layout, err = fact(ctx, db, factLayout); err != nil {
			return err
		}
	}
	if layout == "" {
		return fault.New(fault.Invalid, "%s is a database of another program", s.path).WithRemedy("choose another data folder with --data")
	}
	if schema, err = fact(ctx, db, factSchema); err != nil {
		return err
	}
	return s.checkAge(layout, schema)
}

// checkAge refuses what a newer program wrote.
func (s *Store) checkAge(layout, schema string) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var held derived
	known := json.Unmarshal([]byte(schema), &held) == nil // what can't be read is computed again
	if layout > name(len(steps)) || known && held.Version > store.SchemaVersion {
		return newer(nil, s.path)
	}
	return nil
}

// name numbers a step as its file does, so that names sort as numbers.
func name(step int) string { return fmt.Sprintf("%04d", step) }

// fact reads one of the facts, "" when it is not there.
func fact(ctx context.Context, from interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}, name string,
) (value string, err error) {
	err = from.QueryRowContext(ctx, `SELECT coalesce(max(value), '') FROM facts WHERE name = ?`, name).Scan(&value)
	return value, err
}

// setFact writes one of the facts.
func (w *writing) setFact(ctx context.Context, name, value string) error {
	if _, err := w.conn.ExecContext(ctx, `DELETE FROM facts WHERE name = ?`, name); err != nil {
		return err
	}
	_, err := w.conn.ExecContext(ctx, `INSERT INTO facts VALUES (?, ?)`, name, value)
	return err
}

// migrate brings the file's layout to the newest step, each step in a transaction of its own.
func (s *Store) migrate(ctx context.Context) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	if _, err := s.writer.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS facts (name VARCHAR NOT NULL, value VARCHAR NOT NULL)`); err != nil {
		return err
	}
	done, err := fact(ctx, s.writer, factLayout)
	if err != nil {
		return err
	}
	for i, file := range steps {
		step := name(i + 1)
		if step <= done {
			continue
		}
		text, err := migrations.ReadFile(file)
		if err != nil {
			return err
		}
		err = s.transact(ctx, func(w *writing) error {
			if _, err := w.conn.ExecContext(ctx, string(text)); err != nil {
				return err
			}
			return w.setFact(ctx, factLayout, step)
		})
		if err != nil {
			return fmt.Errorf("migration %s: %w", file, err)
		}
	}
	return nil
}

// derived says what keys and words were computed with: they are computed again when it differs.
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
	before, err := fact(ctx, s.writer, factSchema)
	if err != nil || before == string(now) {
		return err
	}
	return s.transact(ctx, func(w *writing) error {
		for since := uint64(0); ; {
			last, err := w.derivePage(ctx, since)
			if err != nil {
				return err
			}
			if last == since {
				return w.setFact(ctx, factSchema, string(now))
			}
			since = last
		}
	})
}

// derivePage writes the next records after a number anew, under their own numbers, and answers the last one's.
func (w *writing) derivePage(ctx context.Context, since uint64) (uint64, error) {
	rows, err := w.conn.QueryContext(ctx, `SELECT seq, `+columns+` FROM records WHERE seq > ? ORDER BY seq LIMIT 500`, since)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var fresh []row
	for rows.Next() {
		var r record.Record
		var seq uint64
		if err := scanRecord(rows, &r, &seq); err != nil {
			return 0, err
		}
		fresh, since = append(fresh, w.row(seq, r)), seq
	}
	if err := rows.Err(); err != nil || len(fresh) == 0 {
		return since, err
	}
	first := fresh[0].seq
	if _, err := w.conn.ExecContext(ctx, `DELETE FROM records WHERE seq BETWEEN ? AND ?`, first, since); err != nil {
		return 0, err
	}
	return since, w.append(ctx, fresh)
}
