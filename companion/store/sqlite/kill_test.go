package sqlite_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/killtest"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/shared/store"
)

func openFile(ctx context.Context, path string) (store.Store, error) {
	return sqlite.Open(ctx, path, store.Schema())
}

func TestMain(m *testing.M) { killtest.Main(m, openFile) }

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	killtest.Run(t, openFile, func(t *testing.T, path string) {
		t.Helper()
		i, err := sqlite.Inspect(t.Context(), path, store.Schema())
		require.NoError(t, err)
		report, err := i.Check(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Damage)
		require.NoError(t, i.Close())
	})
}
