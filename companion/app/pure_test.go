//go:build !duckdb || !cgo

package app_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

func TestThePureBuildRefusesDuckDBAndSaysWhatToDo(t *testing.T) {
	opt := options(t, t.TempDir())
	opt.Config.Storage.DB = config.DBDuckDB
	_, err := app.New(opt)
	require.Equal(t, fault.Unsupported, fault.CodeOf(err))
	f := fault.Public(err)
	assert.Equal(t, "storage.db", f.Field)
	assert.Contains(t, f.Message, "pure Go")
	assert.Contains(t, f.Remedy, "make full")
	assert.Contains(t, f.Remedy, "set storage.db to sqlite")
}
