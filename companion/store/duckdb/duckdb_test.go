//go:build duckdb && cgo

package duckdb_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

func TestContract(t *testing.T) {
	paths := map[store.Store]string{}
	open := func(t testing.TB, path string) store.Store {
		s, err := duckdb.Open(context.Background(), path, store.Schema())
		require.NoError(t, err)
		paths[s] = path
		return s
	}
	storetest.Run(t, storetest.Options{
		Name: "duckdb",
		Open: func(t testing.TB) store.Store { return open(t, filepath.Join(t.TempDir(), "kai ?#%'.duckdb")) },
		Reopen: func(t testing.TB, s store.Store) store.Store {
			require.NoError(t, s.Close())
			return open(t, paths[s])
		},
		Older: map[string]func(testing.TB) store.Store{
			"layout 1": func(t testing.TB) store.Store { return open(t, copied(t, "testdata/layout1.duckdb")) },
		},
		Newer: map[string]func(testing.TB) error{
			"layout": func(t testing.TB) error {
				return openMarked(t, `UPDATE facts SET value = '0099' WHERE name = 'kai layout'`)
			},
			"schema": func(t testing.TB) error {
				return openMarked(t, `UPDATE facts SET value = '{"version":99,"kinds":[]}' WHERE name = 'kai schema'`)
			},
		},
	})
}

// fixtureLayout writes testdata/layoutN.duckdb for a new layout; the older ones stay as they are.
var fixtureLayout = flag.Int("fixture", 0, "write the fixture of this layout") //nolint:gochecknoglobals // a test flag

func TestFixture(t *testing.T) {
	if *fixtureLayout == 0 {
		t.Skip("only to write one")
	}
	path := fmt.Sprintf("testdata/layout%d.duckdb", *fixtureLayout)
	require.NoFileExists(t, path, "a fixture is written once, by the version that it is of")
	s, err := duckdb.Open(t.Context(), path, store.Schema())
	require.NoError(t, err)
	require.NoError(t, storetest.Fill(t.Context(), s))
	require.NoError(t, s.Close())
	require.NoError(t, os.Remove(path+".lock"))
}

// copied puts a copy of a file into a folder of the test's own.
func copied(t testing.TB, from string) string {
	data, err := os.ReadFile(from) //nolint:gosec // a fixture
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "kai.duckdb")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

// openMarked opens a store after a statement made it another version's, and checks that the refusal left it as it was.
func openMarked(t testing.TB, statement string) error {
	path := copied(t, "testdata/layout1.duckdb")
	db, err := sql.Open("duckdb", path)
	require.NoError(t, err)
	_, err = db.Exec(statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	before, err := os.ReadFile(path) //nolint:gosec // the test's own
	require.NoError(t, err)
	_, opened := duckdb.Open(context.Background(), path, store.Schema())
	after, err := os.ReadFile(path) //nolint:gosec // the test's own
	require.NoError(t, err)
	require.Equal(t, before, after, "a refused store is not touched")
	return opened
}

func BenchmarkDuckDB(b *testing.B) { storetest.Bench(b, empty) }

func BenchmarkListOfFewAndMany(b *testing.B) { storetest.BenchFewAndMany(b, empty) }

func empty(t testing.TB) store.Store {
	s, err := duckdb.Open(context.Background(), filepath.Join(t.TempDir(), "kai.duckdb"), store.Schema())
	require.NoError(t, err)
	return s
}
