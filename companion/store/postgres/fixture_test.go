package postgres

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/store/storetest"
)

// fixtureOwner has what storetest.Fill writes.
const fixtureOwner = "fixture"

// fixtureLayout writes testdata/layoutN.sql for a new layout; the older ones stay as they are.
var fixtureLayout = flag.Int("fixture", 0, "write the fixture of this layout") //nolint:gochecknoglobals // a test flag

func TestFixture(t *testing.T) {
	if *fixtureLayout == 0 {
		t.Skip("only to write one")
	}
	path := fmt.Sprintf("testdata/layout%d.sql", *fixtureLayout)
	require.NoFileExists(t, path, "a fixture is written once, by the version that it is of")
	c := fresh(t, server)
	require.NoError(t, storetest.Fill(t.Context(), owned(t, open(t, c), fixtureOwner)))
	require.NoError(t, os.WriteFile(path, dumped(t, c), 0o600))
}

// dumped is the SQL that makes kAI's tables and their rows anew.
func dumped(t testing.TB, c Config) []byte {
	t.Helper()
	sql, err := server.Dump(context.Background(), database(t, c), "kai")
	require.NoError(t, err)
	return sql
}

// restored makes a database that is as a fixture says, as the role that owns its tables.
func restored(t testing.TB, layout string) Config {
	t.Helper()
	ctx, c := context.Background(), fresh(t, server)
	sql, err := os.ReadFile("testdata/" + layout + ".sql") //nolint:gosec // a fixture
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, c.AdminURL)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, string(sql))
	require.NoError(t, err)
	require.NoError(t, conn.Close(ctx))
	return c
}

// openMarked opens the fixture's records after a statement made them another version's, and checks that the refusal left all
// as it was.
func openMarked(t testing.TB, statement string) error {
	t.Helper()
	c := restored(t, "layout1")
	open(t, c).Close() // of the newest layout from here on
	admin(t, server, database(t, c), statement)
	before := unnumbered(dumped(t, c))
	db, opened := Open(context.Background(), c)
	if opened == nil {
		_, opened = db.Store(context.Background(), fixtureOwner)
		db.Close()
	}
	require.Equal(t, before, unnumbered(dumped(t, c)), "a refused store is not touched")
	return opened
}

// unnumbered leaves out where sequences stand: who asks for an owner takes a number, also when that is refused.
func unnumbered(sql []byte) string {
	return regexp.MustCompile(`SELECT pg_catalog.setval.*`).ReplaceAllString(string(sql), "")
}
