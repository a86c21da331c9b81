package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/fault"
)

// migrations are the steps of the layout, in the order of their numbers. A step that has shipped never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock ("kAIr") that lets one starter at a time look at the tables and change them.
const migrationLock = 0x6b414972

// oldest is the first version of PostgreSQL whose text comparisons may use an index under row level security.
const oldest = 13

// prepare brings the tables to the newest step, all in one transaction under a lock, lets the working role use them, and
// answers the key that seals owners.
func (d *Database) prepare(ctx context.Context, admin *pgx.ConnConfig, worker string) (key []byte, err error) {
	conn, err := pgx.ConnectConfig(ctx, admin)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, migrationLock); err != nil {
			return err
		}
		if err := d.checkServer(ctx, tx); err != nil {
			return err
		}
		if err := d.migrate(ctx, tx); err != nil {
			return err
		}
		if err := grant(ctx, tx, worker); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT key FROM kai.secrets`).Scan(&key)
	})
	return key, err
}

func (d *Database) checkServer(ctx context.Context, tx pgx.Tx) error {
	var version int
	var encoding string
	const facts = `SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')`
	if err := tx.QueryRow(ctx, facts).Scan(&version, &encoding); err != nil {
		return err
	}
	if version < oldest {
		return fault.New(fault.Unsupported, "%s is PostgreSQL %d, and %d is the oldest that can keep records", d.place, version, oldest).
			WithRemedy("update PostgreSQL")
	}
	if encoding != "UTF8" {
		return fault.New(fault.Unsupported, "the database %s keeps text as %s", d.place, encoding).
			WithRemedy("create it with: CREATE DATABASE kai ENCODING 'UTF8' TEMPLATE template0")
	}
	return nil
}

func (d *Database) migrate(ctx context.Context, tx pgx.Tx) error {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	done, err := d.steps(ctx, tx)
	if err != nil {
		return err
	}
	if done > len(steps) {
		return fault.New(fault.Unsupported, "the record store %s was written by a newer kAI", d.place).
			WithRemedy("update kAI, or choose another database")
	}
	for i, step := range steps[done:] {
		text, err := migrations.ReadFile(step)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", step, err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO kai.migrations (number) VALUES ($1)`, done+i+1); err != nil {
			return err
		}
	}
	return nil
}

// steps says how many steps were done. A schema of the name kai that has no list of steps is another program's.
func (d *Database) steps(ctx context.Context, tx pgx.Tx) (done int, err error) {
	var schema, list bool
	const there = `SELECT count(*) > 0, coalesce(bool_or(c.oid IS NOT NULL), false) FROM pg_namespace n
		LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = 'migrations' WHERE n.nspname = 'kai'`
	if err := tx.QueryRow(ctx, there).Scan(&schema, &list); err != nil {
		return 0, err
	}
	switch {
	case list:
		err = tx.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM kai.migrations`).Scan(&done)
		return done, err
	case schema:
		return 0, fault.New(fault.Invalid, "the schema kai in %s belongs to another program", d.place).WithRemedy("choose another database")
	}
	_, err = tx.Exec(ctx, `CREATE SCHEMA kai;
		CREATE TABLE kai.migrations (number integer PRIMARY KEY, done timestamptz NOT NULL DEFAULT now())`)
	return 0, err
}

// grant lets the working role read and write records and blobs, add rows to the partition of the records, and no more than
// that. It looks for what the newest step brought. A dump put back without privileges gives the tables' owner all of them.
func grant(ctx context.Context, tx pgx.Tx, worker string) error {
	var may bool
	const ask = `SELECT has_schema_privilege($1, 'kai', 'USAGE') AND has_column_privilege($1, 'kai.records_whole', 'id', 'INSERT')
		AND NOT has_any_column_privilege($1, 'kai.records_whole', 'SELECT')`
	if err := tx.QueryRow(ctx, ask, worker).Scan(&may); err != nil || may {
		return err
	}
	role := pgx.Identifier{worker}.Sanitize()
	_, err := tx.Exec(ctx, fmt.Sprintf(`GRANT USAGE ON SCHEMA kai TO %[1]s;
		GRANT SELECT, INSERT, UPDATE, DELETE ON kai.records, kai.blobs TO %[1]s;
		REVOKE ALL ON kai.records_whole FROM CURRENT_USER, %[1]s;
		GRANT INSERT (%[2]s) ON kai.records_whole TO %[1]s;
		GRANT SELECT, INSERT, DELETE ON kai.blob_parts TO %[1]s;
		GRANT SELECT, INSERT (name), UPDATE (seq, derived) ON kai.owners TO %[1]s;
		GRANT EXECUTE ON FUNCTION kai.owner_name(), kai.owner_no() TO %[1]s`, role, strings.Join(loadColumns(), ", ")))
	return err
}

// checkRole refuses to work as a role that row level security does not bind.
func (d *Database) checkRole(ctx context.Context) error {
	var role string
	var free bool
	const ask = `SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`
	if err := d.pool.QueryRow(ctx, ask).Scan(&role, &free); err != nil {
		return err
	}
	if free {
		return fault.New(fault.Invalid, "%s sees the records of all owners in %s: no policy binds it", role, d.place).WithField("url").
			WithRemedy("work as an ordinary role: CREATE ROLE kai LOGIN PASSWORD '...'; GRANT CREATE ON DATABASE ... TO kai")
	}
	return nil
}
