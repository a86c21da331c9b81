// Package postgres keeps the records of many people in one PostgreSQL database: the store of a server.
//
// A Database is a pool of connections; Store gives one owner's records, which row level security keeps apart from all
// others. Every call is one transaction that works for its owner. Imports shared/store, shared/record, shared/fault and pgx.
package postgres

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kindos/kai/shared/store"
)

// Bounds of the pool where the URL says nothing else (pool_max_conns, connect_timeout).
const (
	maxConnections = 20
	idleTime       = 30 * time.Second
	connectTime    = 2 * time.Second
)

// Config says where the database is.
type Config struct {
	// URL is how kAI connects to work: postgres://role:password@host/database. The role must not be a superuser.
	URL string

	// AdminURL, when set, is how the tables are made and changed: by another role, which owns them. Then not even SQL
	// smuggled in through the first role can reach another owner's records. Empty means URL.
	AdminURL string

	// Schema lists the kinds.
	Schema []store.KindSpec
}

// Database is a pool of connections to the records of all owners.
type Database struct {
	pool   *pgxpool.Pool
	place  string // host and database, for people
	key    []byte // seals whom a session works for
	schema []store.KindSpec
	kinds  store.Kinds
	news   news
	closed atomic.Bool
}

// Open connects, makes the tables or brings them forward under a lock, and refuses those of a newer kAI or of another
// program, and a role that row level security does not bind.
func Open(ctx context.Context, c Config) (*Database, error) {
	if err := checkSchema(c.Schema); err != nil {
		return nil, err
	}
	work, err := settings(c.URL)
	if err != nil {
		return nil, err
	}
	d := &Database{place: place(work.ConnConfig), schema: c.Schema, kinds: store.NewKinds(c.Schema), news: news{waiting: map[chan struct{}]string{}}}
	if err := d.open(ctx, c, work); err != nil {
		err = d.fault(ctx, err, "opening the record store")
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Database) open(ctx context.Context, c Config, work *pgxpool.Config) (err error) {
	admin := work
	if c.AdminURL != "" {
		if admin, err = settings(c.AdminURL); err != nil {
			return err
		}
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, work); err != nil {
		return err
	}
	if err := d.checkRole(ctx); err != nil {
		return err
	}
	if d.key, err = d.prepare(ctx, admin.ConnConfig, work.ConnConfig.User); err != nil {
		return err
	}
	d.listen(work.ConnConfig)
	return nil
}

// settings reads a URL and fills in what it leaves open.
func settings(url string) (*pgxpool.Config, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, badURL(err)
	}
	given, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, badURL(err)
	}
	if given.RuntimeParams["pool_max_conns"] == "" {
		c.MaxConns = maxConnections
	}
	if given.RuntimeParams["pool_max_conn_idle_time"] == "" {
		c.MaxConnIdleTime = idleTime
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectTime
	}
	c.ConnConfig.RuntimeParams["client_encoding"] = "UTF8"
	c.ConnConfig.RuntimeParams["application_name"] = "kai"
	// A plan made without knowing the kind and the limit may read and sort a whole table for a page of it.
	c.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	return c, nil
}

// Close waits for what is under way and closes the connections. Stores answer fault.Unavailable from then on.
func (d *Database) Close() {
	if d.closed.Swap(true) {
		return
	}
	if d.news.stop != nil {
		d.news.stop()
		<-d.news.ended
	}
	if d.pool != nil {
		d.pool.Close()
	}
}

// begun runs do in a transaction that works for an owner; its error, or the context's end, takes everything back.
func (d *Database) begun(ctx context.Context, sealed string, do func(pgx.Tx) error) error {
	tx, err := d.begin(ctx, sealed)
	if err != nil {
		return err
	}
	defer tx.Rollback(context.WithoutCancel(ctx)) //nolint:errcheck // after Commit it does nothing; otherwise the first error counts
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// begin starts a transaction. Connections that a restart of the server has cut are found out here, where nothing has been
// written yet: then all of them are given up and a new one is tried.
func (d *Database) begin(ctx context.Context, sealed string) (pgx.Tx, error) {
	// Read committed also where the server's default is another: what is read under the lock must be newer than the lock.
	options := pgx.TxOptions{BeginQuery: "begin isolation level read committed; set local kai.owner = '" + sealed + "'"} // hexadecimal digits only
	tx, err := d.pool.BeginTx(ctx, options)
	if lost(err) && ctx.Err() == nil {
		d.pool.Reset()
		tx, err = d.pool.BeginTx(ctx, options)
	}
	return tx, err
}

// read runs queries in one round trip that works for an owner, and visits their rows one query after the other.
func (d *Database) read(ctx context.Context, sealed string, queries ...query) error {
	err := d.tryRead(ctx, sealed, queries)
	if lost(err) && ctx.Err() == nil {
		d.pool.Reset()
		err = d.tryRead(ctx, sealed, queries)
	}
	return err
}

// query is a statement with what to do for each of its rows. A visit may come again after start has, on a new connection.
type query struct {
	text  string
	args  []any
	start func()
	visit func(pgx.Rows) error
}

// tryRead sends all at once. PostgreSQL runs what comes without a pause in one transaction, so that the setting, which is
// local to it, ends with it.
func (d *Database) tryRead(ctx context.Context, sealed string, queries []query) (err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SELECT set_config('kai.owner', $1, true)`, sealed)
	for _, q := range queries {
		batch.Queue(q.text, q.args...)
	}
	answers := d.pool.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, answers.Close()) }()
	if _, err := answers.Exec(); err != nil {
		return err
	}
	for _, q := range queries {
		rows, err := answers.Query()
		if err != nil {
			return err
		}
		if err := q.each(rows); err != nil {
			return err
		}
	}
	return nil
}

func (q query) each(rows pgx.Rows) error {
	defer rows.Close()
	q.start()
	for rows.Next() {
		if err := q.visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
