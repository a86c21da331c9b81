//go:build duckdb && cgo

package duckdb_test

import (
	"context"
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
	})
}

func BenchmarkDuckDB(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store {
		s, err := duckdb.Open(context.Background(), filepath.Join(t.TempDir(), "kai.duckdb"), store.Schema())
		require.NoError(t, err)
		return s
	})
}
