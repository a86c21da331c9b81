package postgres

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// place names the database for people: never its password.
func place(c *pgx.ConnConfig) string { return c.Host + "/" + c.Database }

// badURL does not show the address: it holds a password.
func badURL(err error) error {
	return fault.Wrap(fault.Invalid, err, "the address of the PostgreSQL database cannot be read").WithField("url").
		WithRemedy("write postgres://role:password@host:5432/database")
}

// lost says whether the server, or the way to it, went away.
func lost(err error) bool {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		class := told.Code[:min(3, len(told.Code))]
		return class == "57P" || class[:min(2, len(class))] == "08"
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, net.ErrClosed)
}

// fault gives an error its code and remedy: a fault that has a code already, then the context's end, a closed database,
// and what PostgreSQL reports.
func (d *Database) fault(ctx context.Context, err error, doing string) error {
	var known *fault.Fault
	if errors.As(err, &known) {
		return err
	}
	if ended := store.Ended(ctx, doing); ended != nil {
		return ended
	}
	if d.closed.Load() {
		return store.Closed()
	}
	if lost(err) {
		return fault.Wrap(fault.Unavailable, err, "the record store's PostgreSQL at "+d.place+" does not answer").
			WithRemedy("make sure that it runs and can be reached, then try again; nothing that was stored before is lost")
	}
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		return fault.Wrap(fault.Internal, err, doing)
	}
	return d.explain(told.Code, err, doing)
}

// explain turns PostgreSQL's codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) into what the person
// can do about them.
func (d *Database) explain(code string, err error, doing string) error {
	class := code[:min(2, len(code))]
	switch {
	case code == "53100" || class == "58":
		return fault.Wrap(fault.Exhausted, err, "the disk of the PostgreSQL at "+d.place+" is full or does not work").
			WithRemedy("free some space there; nothing that was stored before is lost")
	case code == "53300" || code == "53200":
		return fault.Wrap(fault.Exhausted, err, "the PostgreSQL at "+d.place+" has no room for more connections").
			WithRemedy("raise max_connections there, or lower pool_max_conns in kAI's address of it")
	case class == "28" || code == "42501":
		return fault.Wrap(fault.Forbidden, err, "the PostgreSQL at "+d.place+" refuses kAI's role").
			WithRemedy("check the role and the password; it needs: GRANT CREATE ON DATABASE ... TO ...")
	case code == "3D000":
		return fault.Wrap(fault.NotFound, err, "there is no database "+d.place).WithRemedy("create it with: CREATE DATABASE kai ENCODING 'UTF8'")
	case code == "25006":
		return fault.Wrap(fault.Unavailable, err, "the PostgreSQL at "+d.place+" takes no writes").
			WithRemedy("give kAI the address of the primary server; this one is a copy, or set to read only")
	case class == "XX":
		return fault.Wrap(fault.Malformed, err, "the record store "+d.place+" is damaged").WithRemedy("restore the database from a backup")
	case class == "54":
		return fault.Wrap(fault.Invalid, err, "the record is too large for PostgreSQL").WithRemedy("keep large content outside the record")
	case code == "57014" || code == "55P03":
		return fault.Wrap(fault.Timeout, err, "PostgreSQL took too long for "+doing).
			WithRemedy("try again; if it stays, raise statement_timeout and lock_timeout of kAI's role")
	default:
		return fault.Wrap(fault.Internal, err, doing)
	}
}
