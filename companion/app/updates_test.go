package app_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Before an update the records of a running kai are copied; the newest three copies stay, and nothing else is touched.
func TestRecordsAreBackedUpBeforeAnUpdate(t *testing.T) {
	dir := t.TempDir()
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	now := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	u, err := app.Updater(opened, config.DefaultStandalone(), "1.2.3", "", func() time.Time { return now })
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err), "nobody stamped it")
	made, err := u.Backup(t.Context(), "1.3.0")
	require.NoError(t, err)
	assert.Empty(t, made, "there are no records yet")

	open(t, dir)
	other, err := opened.Make("backups/kai-backup-20250101-080000-1")
	require.NoError(t, err)
	for range 5 {
		now = now.Add(time.Hour)
		made, err = u.Backup(t.Context(), "1.3.0")
		require.NoError(t, err)
		_, err = upkeep.ReadManifest(made)
		require.NoError(t, err)
	}
	entries, err := os.ReadDir(opened.File("backups"))
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	assert.Equal(t, []string{"kai-backup-20250101-080000-1", "kai-before-update-20260101-110000", "kai-before-update-20260101-120000", "kai-before-update-20260101-130000"}, names)
	assert.DirExists(t, other)
}

// A build without the key of releases says so where updates were asked for, and plans no look.
func TestAutoUpdateOfABuildThatCannotUpdateIsTold(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, func(o *app.Options) { o.Config.Features.AutoUpdate = true })
	var told string
	for _, s := range a.Health(t.Context()).Steps {
		if s.Step == "updates" {
			told = string(s.State) + ": " + s.Detail
		}
	}
	assert.Contains(t, told, "degraded: this kai was built without the key of releases")
	err := hosted(t, dir).Call(t.Context(), app.MethodSchedulesRun, app.ScheduleName{Name: "update"}, nil)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}
