//go:build duckdb && cgo

package duckdb_test

import (
	"context"
	"testing"

	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/companion/store/killtest"
	"github.com/kindos/kai/shared/store"
)

func openFile(ctx context.Context, path string) (store.Store, error) {
	return duckdb.Open(ctx, path, store.Schema())
}

func TestMain(m *testing.M) { killtest.Main(m, openFile) }

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) { killtest.Run(t, openFile, nil) }
