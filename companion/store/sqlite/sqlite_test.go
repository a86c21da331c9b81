package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

func TestContract(t *testing.T) {
	paths := map[store.Store]string{}
	open := func(t testing.TB, path string) store.Store {
		s, err := sqlite.Open(context.Background(), path, store.Schema())
		require.NoError(t, err)
		paths[s] = path
		return s
	}
	storetest.Run(t, storetest.Options{
		Name: "sqlite",
		Open: func(t testing.TB) store.Store { return open(t, filepath.Join(t.TempDir(), "kai ?#%.db")) },
		Reopen: func(t testing.TB, s store.Store) store.Store {
			require.NoError(t, s.Close())
			return open(t, paths[s])
		},
	})
}

func BenchmarkSQLite(b *testing.B) {
	storetest.Bench(b, func(t testing.TB) store.Store {
		s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "kai.db"), store.Schema())
		require.NoError(t, err)
		return s
	})
}
