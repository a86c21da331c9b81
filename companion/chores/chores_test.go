package chores_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/queue/local"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// house is a store that is open, as in a running kai, and a queue that looks after it.
type house struct {
	t      *testing.T
	dir    string
	store  *sqlite.Store
	queue  queue.Queue
	copies int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	var err error
	h.store, err = sqlite.Open(t.Context(), h.file("kai.db"), store.Schema())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.store.Close()) })
	_, err = h.store.Apply(t.Context(), store.Put(record.Record{Kind: record.KindSetting, ID: "theme", Version: "000000000001-0000-t", Body: []byte(`{"dark":true}`)}))
	require.NoError(t, err)
	backups := chores.Backups{Folder: h.file("backups"), Copy: h.copy}
	retention := chores.Retention{Queue: func() queue.Queue { return h.queue }, Backups: backups, Now: time.Now}
	h.queue, err = local.Open(t.Context(), h.file("tasks.db"), local.Options{
		Kinds: []queue.Kind{backups.Kind(), retention.Kind()}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	require.NoError(t, h.queue.Start(t.Context()))
	t.Cleanup(func() { require.NoError(t, h.queue.Close(context.Background())) })
	return h
}

func (h *house) file(name string) string { return filepath.Join(h.dir, name) }

func (h *house) copy(ctx context.Context, to string, progress upkeep.Progress) (upkeep.Manifest, error) {
	h.copies++
	i, err := sqlite.Inspect(ctx, h.file("kai.db"), store.Schema())
	if err != nil {
		return upkeep.Manifest{}, err
	}
	defer i.Close() //nolint:errcheck // it only reads
	return i.Backup(ctx, to, time.Now(), progress)
}

// do has a task done and waits for its first end or failure.
func (h *house) do(kind string, body any) queue.Task {
	h.t.Helper()
	text, err := json.Marshal(body)
	require.NoError(h.t, err)
	added, err := h.queue.Add(h.t.Context(), queue.Spec{Kind: kind, Body: text})
	require.NoError(h.t, err)
	return h.ended(added[0].ID)
}

func (h *house) ended(id int64) (task queue.Task) {
	h.t.Helper()
	require.Eventually(h.t, func() bool {
		var err error
		task, err = h.queue.Get(h.t.Context(), id)
		return err == nil && (!task.Ended.IsZero() || task.Fault != nil)
	}, 20*time.Second, time.Millisecond)
	return task
}

func (h *house) backups(folder string) (names []string) {
	h.t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(h.t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// fake makes what looks like an older backup.
func fake(t *testing.T, folder, name string, made time.Time) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, name), 0o700))
	text := fmt.Sprintf(`{"format":"kai-backup","version":1,"made":%q}`, made.UTC().Format(time.RFC3339))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name, "backup.json"), []byte(text), 0o600))
}

func TestABackupIsMadeOfTheOpenStoreAndCanBeRestored(t *testing.T) {
	h := newHouse(t)
	task := h.do(chores.KindBackup, chores.Backup{})
	require.Equal(t, queue.Done, task.State, "%v", task.Fault)
	var made chores.Made
	require.NoError(t, json.Unmarshal(task.Note, &made))
	assert.EqualValues(t, 1, made.Records)
	assert.Equal(t, h.file("backups"), filepath.Dir(made.Folder))
	_, _, err := sqlite.Restore(t.Context(), made.Folder, h.file("restored.db"), store.Schema(), time.Now(), nil)
	require.NoError(t, err)
	info, err := os.Stat(h.file("backups"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// Only what backups have made is ever removed: the oldest of them, and halves.
func TestTheNewestBackupsAreKept(t *testing.T) {
	h, folder := newHouse(t), t.TempDir()
	for n := range 3 {
		fake(t, folder, fmt.Sprintf("kai-backup-2026010%d-080000-%d", n+1, n), time.Date(2026, 1, n+1, 8, 0, 0, 0, time.UTC))
	}
	fake(t, folder, "kai-backup-monday", time.Date(2020, 1, 1, 8, 0, 0, 0, time.UTC))
	for _, name := range []string{"photos", "kai-backup-20260101-080000-99"} {
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kai-backup-20260101-080000-98"), nil, 0o600))
	task := h.do(chores.KindBackup, chores.Backup{Keep: 2, Folder: folder})
	require.Equal(t, queue.Done, task.State, "%v", task.Fault)
	var made chores.Made
	require.NoError(t, json.Unmarshal(task.Note, &made))
	assert.Equal(t, 2, made.Removed)
	assert.ElementsMatch(t, []string{"kai-backup-20260103-080000-2", filepath.Base(made.Folder), "kai-backup-monday", "photos", "kai-backup-20260101-080000-98"}, h.backups(folder))
}

// A try that ended just after the copy finds it; one that ended in its midst makes it anew.
func TestABackupThatIsDoneAgainIsOneBackup(t *testing.T) {
	h := newHouse(t)
	task := h.do(chores.KindBackup, chores.Backup{})
	require.Equal(t, queue.Done, task.State)
	work := queue.NewWork(task, keeper{})
	b := chores.Backups{Folder: h.file("backups"), Copy: h.copy}
	require.NoError(t, b.Kind().Do(t.Context(), work))
	assert.Equal(t, 1, h.copies)
	require.NoError(t, os.Remove(filepath.Join(h.file("backups"), h.backups(h.file("backups"))[0], "backup.json")))
	require.NoError(t, b.Kind().Do(t.Context(), work))
	assert.Equal(t, 2, h.copies)
	assert.Len(t, h.backups(h.file("backups")), 1)
}

// keeper keeps nothing.
type keeper struct{}

func (keeper) KeepProgress(int64, queue.Progress)                     {}
func (keeper) KeepNote(context.Context, int64, json.RawMessage) error { return nil }

func TestAFolderThatIsAwayIsTriedAgain(t *testing.T) {
	h := newHouse(t)
	task := h.do(chores.KindBackup, chores.Backup{Folder: h.file("usb")})
	assert.Equal(t, []any{queue.Waiting, fault.Unavailable}, []any{task.State, task.Fault.Code})
	assert.Contains(t, task.Fault.Remedy, "connect its disk")
	assert.NoDirExists(t, h.file("usb"))
	for name, b := range map[string]chores.Backup{"a relative folder": {Folder: "here"}, "too many": {Keep: 1001}, "none": {Keep: -1}} {
		assert.Equal(t, queue.Dead, h.do(chores.KindBackup, b).State, name)
	}
	assert.Equal(t, queue.Dead, h.do(chores.KindBackup, "a word").State)
}

func TestRetentionRemovesWhatSchedulesDoNotKeep(t *testing.T) {
	h := newHouse(t)
	usb := t.TempDir()
	for n := range 3 {
		for _, folder := range []string{h.file("backups"), usb} {
			fake(t, folder, fmt.Sprintf("kai-backup-2026010%d-080000-%d", n+1, n), time.Date(2026, 1, n+1, 8, 0, 0, 0, time.UTC))
		}
	}
	put := func(name string, b chores.Backup) {
		body, err := json.Marshal(b)
		require.NoError(t, err)
		_, err = h.queue.Put(t.Context(), queue.Schedule{Name: name, When: "@yearly", Kind: chores.KindBackup, Body: body})
		require.NoError(t, err)
	}
	require.Equal(t, queue.Done, h.do(chores.KindRetention, struct{}{}).State)
	assert.Len(t, h.backups(usb), 3, "nobody said how many to keep")
	put("usb", chores.Backup{Keep: 1, Folder: usb})
	put("here", chores.Backup{Keep: 2})
	put("away", chores.Backup{Keep: 2, Folder: h.file("away")})
	_, err := h.queue.Put(t.Context(), queue.Schedule{Name: "other", When: "@yearly", Kind: chores.KindRetention, Body: []byte(`{"keep":1}`)})
	require.NoError(t, err)
	task := h.do(chores.KindRetention, struct{}{})
	require.Equal(t, queue.Done, task.State, "%v", task.Fault)
	assert.JSONEq(t, `{"tasks":0,"backups":3}`, string(task.Note))
	assert.Equal(t, []string{"kai-backup-20260103-080000-2"}, h.backups(usb))
	assert.Len(t, h.backups(h.file("backups")), 2)
}

// Ended tasks stay for 30 days, those that were given up for 90.
func TestRetentionSweepsOldTasks(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, queue.Done, h.do(chores.KindBackup, chores.Backup{}).State)
	require.Equal(t, queue.Dead, h.do(chores.KindBackup, chores.Backup{Keep: -1}).State)
	for _, c := range []struct {
		days int
		left map[queue.State]int
	}{
		{29, map[queue.State]int{queue.Done: 1, queue.Dead: 1}},
		{31, map[queue.State]int{queue.Dead: 1}},
		{89, map[queue.State]int{queue.Dead: 1}},
		{91, map[queue.State]int{}},
	} {
		r := chores.Retention{Queue: func() queue.Queue { return h.queue }, Now: func() time.Time { return time.Now().AddDate(0, 0, c.days) }}
		require.NoError(t, r.Kind().Do(t.Context(), queue.NewWork(queue.Task{Body: []byte(`{}`)}, keeper{})))
		left, err := h.queue.Count(t.Context())
		require.NoError(t, err)
		assert.Equal(t, c.left, left, "%d days", c.days)
	}
}
