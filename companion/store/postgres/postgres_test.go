package postgres

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/postgres/postgrestest"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

// server is one for the whole test binary; each test has a database or an owner of its own.
var server *postgrestest.Cluster

func TestMain(m *testing.M) {
	var err error
	if server, err = postgrestest.Start(context.Background(), "-c", "fsync=off"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// admin runs statements as the server's superuser.
func admin(t testing.TB, c *postgrestest.Cluster, database string, statements ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.URL("postgres", database))
	require.NoError(t, err)
	for _, statement := range statements {
		_, err := conn.Exec(ctx, statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, conn.Close(ctx))
}

// unused is a name that nothing has yet.
func unused() string { return "t" + record.NewID(time.Now())[24:] }

// fresh makes an empty database whose tables a role will own while another one works, and says how to open it.
func fresh(t testing.TB, c *postgrestest.Cluster) Config {
	t.Helper()
	name := unused()
	admin(t, c, "postgres", "CREATE ROLE own_"+name+" LOGIN", "CREATE ROLE work_"+name+" LOGIN", "CREATE DATABASE "+name+" OWNER own_"+name)
	return Config{URL: c.URL("work_"+name, name), AdminURL: c.URL("own_"+name, name), Schema: store.Schema()}
}

func open(t testing.TB, c Config) *Database {
	t.Helper()
	db, err := Open(context.Background(), c)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return db
}

func owned(t testing.TB, db *Database, owner string) *Store {
	t.Helper()
	s, err := db.Store(context.Background(), owner)
	require.NoError(t, err)
	return s
}

func TestContract(t *testing.T) {
	db, dbs, owners := open(t, fresh(t, server)), map[store.Store]*Database{}, map[store.Store]string{}
	of := func(t testing.TB, db *Database, owner string) store.Store {
		s := owned(t, db, owner)
		dbs[s], owners[s] = db, owner
		return s
	}
	older := map[string]func(testing.TB) store.Store{}
	for _, layout := range []string{"layout1", "layout2", "layout3"} {
		older[layout] = func(t testing.TB) store.Store { return of(t, open(t, restored(t, layout)), fixtureOwner) }
	}
	storetest.Run(t, storetest.Options{
		Name: "postgres",
		Open: func(t testing.TB) store.Store { return of(t, db, unused()) },
		Reopen: func(t testing.TB, s store.Store) store.Store {
			require.NoError(t, s.Close())
			return of(t, dbs[s], owners[s])
		},
		Older: older,
		Newer: map[string]func(testing.TB) error{
			"layout": func(t testing.TB) error { return openMarked(t, `INSERT INTO kai.migrations (number) VALUES (99)`) },
			"schema": func(t testing.TB) error {
				return openMarked(t, `UPDATE kai.owners SET derived = '{"version":99,"kinds":[]}'`)
			},
		},
	})
}
