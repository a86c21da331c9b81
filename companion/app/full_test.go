//go:build duckdb && cgo

package app_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/driver/drivertest"
	"github.com/kindos/kai/shared/fault"
)

// onDuckDB starts a kai whose storage.db is duckdb.
func onDuckDB(t *testing.T, dir string) *app.App {
	t.Helper()
	opt := options(t, dir)
	opt.Config.Storage.DB = config.DBDuckDB
	a, err := app.New(opt)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(func() { shut(t, a) })
	return a
}

func TestDriverOnDuckDB(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) driver.Driver {
		opt := options(t, t.TempDir())
		opt.Config.Storage.DB = config.DBDuckDB
		a, err := app.New(opt)
		require.NoError(t, err)
		return a
	})
}

func TestTheFullBuildKeepsConversationsInDuckDB(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	close(hold)
	a := onDuckDB(t, dir)
	sent := ask(t, view(t, a, dir), ollama(t, hold))
	shut(t, a)
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(opened.File("data"), "kai.duckdb"))
	assert.NoFileExists(t, filepath.Join(opened.File("data"), "kai.db"))

	again := view(t, onDuckDB(t, dir), dir)
	var s assistant.Snapshot
	require.NoError(t, again.Call(t.Context(), assistant.MethodSnapshot, assistant.Empty{}, &s))
	assert.Equal(t, "duckdb", s.Storage.Backend)
	assert.True(t, s.Storage.Durable)
	var page assistant.MessagePage
	require.NoError(t, again.Call(t.Context(), assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID}, &page))
	assert.Len(t, page.Messages, 2)
}

// DuckDB lets in one program, so nothing can copy it under a running kai: that is said before a time comes.
func TestARunningKaiOnDuckDBMakesNoBackups(t *testing.T) {
	dir := t.TempDir()
	onDuckDB(t, dir)
	err := hosted(t, dir).Call(t.Context(), app.MethodSchedulesAdd, app.NewSchedule{When: "@daily", Backup: &chores.Backup{}}, nil)
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Remedy, "kai store backup")
}
