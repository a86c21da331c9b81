package postgres

import (
	"context"
	"io/fs"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// database is the name of a fresh configuration's database.
func database(t testing.TB, c Config) string {
	t.Helper()
	parsed, err := pgxpool.ParseConfig(c.URL)
	require.NoError(t, err)
	return parsed.ConnConfig.Database
}

// helps checks that a fault has the code, names the place, and says what to do.
func helps(t testing.TB, err error, code fault.Code, place string) {
	t.Helper()
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
	public := fault.Public(err)
	assert.Contains(t, public.Message, place)
	assert.NotEmpty(t, public.Remedy)
	assert.NotContains(t, public.Message, "SQLSTATE", "people do not read PostgreSQL's codes")
}

func TestStartersAtOnceMakeTheTablesOnce(t *testing.T) {
	const starters = 6
	c := fresh(t, server)
	dbs, stores, errs := make([]*Database, starters), make([]*Store, starters), make([]error, starters)
	var wg sync.WaitGroup
	for i := range starters {
		wg.Go(func() {
			if dbs[i], errs[i] = Open(context.Background(), c); errs[i] == nil {
				stores[i], errs[i] = dbs[i].Store(context.Background(), "alice")
			}
		})
	}
	wg.Wait()
	for i := range starters {
		require.NoError(t, errs[i])
		defer dbs[i].Close()
		assert.Equal(t, stores[0].no, stores[i].no, "one owner")
		assert.Equal(t, dbs[0].key, dbs[i].key, "one key")
	}
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	require.NoError(t, err)
	admin(t, server, database(t, c), `DO $$ BEGIN ASSERT (SELECT count(*) FROM kai.migrations) = `+string(rune('0'+len(steps)))+`; END $$`)
	put(t, stores[0], note(1, "x"))
	feed, err := stores[starters-1].Changes(context.Background(), 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 1)
}

func TestANewerStoreIsRefusedAndUnharmed(t *testing.T) {
	c := fresh(t, server)
	db := open(t, c)
	put(t, owned(t, db, "alice"), note(1, "x"))

	admin(t, server, database(t, c), `UPDATE kai.owners SET derived = '{"version":99,"kinds":[]}'`)
	_, err := db.Store(context.Background(), "alice")
	helps(t, err, fault.Unsupported, database(t, c))
	owned(t, db, "bob") // whose records are not newer

	admin(t, server, database(t, c), `INSERT INTO kai.migrations (number) VALUES (99)`)
	_, err = Open(context.Background(), c)
	helps(t, err, fault.Unsupported, database(t, c))
	assert.Contains(t, fault.Public(err).Remedy, "update kAI")

	admin(t, server, database(t, c), `DELETE FROM kai.migrations WHERE number = 99`, `UPDATE kai.owners SET derived = ''`)
	feed, err := owned(t, open(t, c), "alice").Changes(context.Background(), 0, 0)
	require.NoError(t, err)
	assert.Equal(t, []record.Record{note(1, "x")}, feed.Records)
}

func TestAnotherProgramsSchemaIsNotTouched(t *testing.T) {
	c := fresh(t, server)
	admin(t, server, database(t, c), `CREATE SCHEMA kai`, `CREATE TABLE kai.records (theirs text)`)
	_, err := Open(context.Background(), c)
	helps(t, err, fault.Invalid, database(t, c))
	admin(t, server, database(t, c), `DROP TABLE kai.records`, `DROP SCHEMA kai`) // nothing else is in it
}

func TestRolesThatNoPolicyBindsAreRefused(t *testing.T) {
	c := fresh(t, server)
	work, err := pgxpool.ParseConfig(c.URL)
	require.NoError(t, err)
	free := c
	free.URL, free.AdminURL = server.URL("postgres", database(t, c)), ""
	_, err = Open(context.Background(), free)
	helps(t, err, fault.Invalid, database(t, c))
	admin(t, server, database(t, c), `ALTER ROLE `+work.ConnConfig.User+` BYPASSRLS`,
		`DO $$ BEGIN ASSERT to_regnamespace('kai') IS NULL, 'nothing was made'; END $$`)
	_, err = Open(context.Background(), c)
	helps(t, err, fault.Invalid, database(t, c))
}

func TestPlacesThatCannotHoldAStore(t *testing.T) {
	c := fresh(t, server)
	ascii, stranger := unused(), unused()
	admin(t, server, "postgres", `CREATE ROLE `+stranger+` LOGIN`, `CREATE ROLE `+stranger+`shut`,
		`CREATE DATABASE `+ascii+` ENCODING 'SQL_ASCII' TEMPLATE template0 OWNER `+stranger)
	for name, place := range map[string]struct {
		url  string
		code fault.Code
		says string
	}{
		"no such database":           {server.URL(stranger, "nowhere"), fault.NotFound, "nowhere"},
		"nobody listens":             {"postgres://kai:hidden@127.0.0.1:1/kai", fault.Unavailable, "127.0.0.1"},
		"a role that may not":        {server.URL(stranger, database(t, c)), fault.Forbidden, database(t, c)},
		"a role that may not log in": {server.URL(stranger+"shut", ascii), fault.Forbidden, ascii},
		"text that is not UTF-8":     {server.URL(stranger, ascii), fault.Unsupported, ascii},
		"not an address":             {"postgres://kai:hidden@[::1", fault.Invalid, "address"},
		"a wrong option":             {"postgres://kai:hidden@127.0.0.1/kai?pool_max_conns=x", fault.Invalid, "address"},
	} {
		_, err := Open(context.Background(), Config{URL: place.url, Schema: store.Schema()})
		t.Log(name)
		helps(t, err, place.code, place.says)
		assert.NotContains(t, err.Error(), "hidden", "a password stays out of the log too")
	}
	_, err := Open(context.Background(), Config{Schema: []store.KindSpec{{Kind: "k", Indexes: []string{"a", "b", "c", "d"}}}})
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestAChangedSchemaIsDerivedAgain(t *testing.T) {
	ctx, c := context.Background(), fresh(t, server)
	old := c
	old.Schema = []store.KindSpec{{Kind: record.KindMessage}, {Kind: "ghost"}}
	s := owned(t, open(t, old), "alice")
	put(t, s, note(1, "find me"), note(2, "and me"), record.Record{Kind: "ghost", ID: "g", Version: "000000000001-0000-t", Body: []byte(`{}`)},
		record.Record{Kind: record.KindMessage, ID: "gone", Version: "000000000001-0000-t", Deleted: true})
	many := make([]record.Record, derivePage)
	for i := range many {
		many[i] = note(10+i, "filler")
	}
	put(t, s, many...)
	put(t, s, note(9, "last to find"))

	for range 2 { // the second time nothing is left to do
		s := owned(t, open(t, c), "alice")
		page, err := s.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c02"})
		require.NoError(t, err)
		assert.Len(t, page.Records, 1+derivePage/50)
		hits, err := s.SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: "find"})
		require.NoError(t, err)
		assert.Len(t, hits, 2)
	}
}
