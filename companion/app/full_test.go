//go:build duckdb && cgo

package app_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/driver/drivertest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
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

// DuckDB lets in one program, so a running kai makes the backup itself, at set times and when it is asked, and goes on meanwhile.
func TestARunningKaiOnDuckDBIsBackedUp(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	close(hold)
	a := onDuckDB(t, dir)
	kai := hosted(t, dir)
	sent := ask(t, view(t, a, dir), ollama(t, hold))
	task := call[queue.Task](t, kai, app.MethodTasksBackup, chores.Backup{})
	require.Eventually(t, func() bool {
		task = call[queue.Task](t, kai, app.MethodTasksShow, app.TaskID{ID: task.ID})
		return task.State == queue.Done
	}, 30*time.Second, 10*time.Millisecond, "%+v", task)
	var made chores.Made
	require.NoError(t, json.Unmarshal(task.Note, &made))
	to := filepath.Join(t.TempDir(), "copy")
	require.Equal(t, "duckdb", call[upkeep.Manifest](t, kai, app.MethodBackup, app.BackupTo{Folder: to}).Engine)
	assert.Equal(t, fault.Invalid, refused(t, kai, app.MethodBackup, app.BackupTo{Folder: "relative"}).Code)
	assert.Equal(t, fault.Invalid, refused(t, kai, app.MethodBackup, app.BackupTo{Folder: to}).Code, "a folder that is there")
	ask(t, view(t, a, dir), ollama(t, hold)) // it goes on
	shut(t, a)

	for _, folder := range []string{made.Folder, to} {
		opened, err := duckdb.Open(t.Context(), filepath.Join(folder, "kai.duckdb"), app.Schema())
		require.NoError(t, err)
		found, err := opened.Get(t.Context(), record.Key{Kind: record.KindConversation, ID: sent.Conversation.ID}, record.Key{Kind: record.KindMessage, ID: sent.Answer.ID})
		require.NoError(t, err)
		assert.NotEmpty(t, found[0].Version)
		assert.NotEmpty(t, found[1].Version)
		require.NoError(t, opened.Close())
	}
}
