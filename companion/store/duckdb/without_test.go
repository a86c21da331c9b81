//go:build !duckdb || !cgo

package duckdb_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

func TestThePureBuildSaysHowToGetDuckDB(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.duckdb")
	s, err := duckdb.Open(context.Background(), path, store.Schema())
	require.Nil(t, s)
	require.Equal(t, fault.Unsupported, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Remedy, "full build")
	_, err = os.Stat(path)
	assert.ErrorIs(t, err, os.ErrNotExist, "nothing is made")
}
