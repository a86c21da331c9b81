package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/store/upkeep"
)

// says runs a command that is to succeed.
func says(t *testing.T, home string, args ...string) string {
	t.Helper()
	code, out, errs := outcome(t, kai(t, home, args...))
	require.Zero(t, code, "%v: %s", args, errs)
	return out
}

// asJSON reads what a command prints with --json.
func asJSON[T any](t *testing.T, home string, args ...string) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(says(t, home, append(args, "--json")...)), &out))
	return out
}

// ended waits for the end of a task.
func ended(t *testing.T, home string, id int64) (task queue.Task) {
	t.Helper()
	require.Eventually(t, func() bool {
		task = asJSON[queue.Task](t, home, "tasks", "show", strconv.FormatInt(id, 10))
		return task.State != queue.Waiting && task.State != queue.Running
	}, 20*time.Second, 10*time.Millisecond)
	return task
}

func TestABackupOfTheRunningKai(t *testing.T) {
	home := t.TempDir()
	start(t, home)
	task := ended(t, home, asJSON[queue.Task](t, home, "tasks", "backup").ID)
	require.Equal(t, queue.Done, task.State, "%v", task.Fault)
	var made struct{ Folder string }
	require.NoError(t, json.Unmarshal(task.Note, &made))
	m, err := upkeep.ReadManifest(made.Folder)
	require.NoError(t, err)
	assert.Equal(t, "sqlite", m.Engine)
	assert.Equal(t, filepath.Join(home, "data", "backups"), filepath.Dir(made.Folder))
	for range 2 {
		ended(t, home, asJSON[queue.Task](t, home, "tasks", "backup", "--keep", "2").ID)
	}
	left, err := os.ReadDir(filepath.Dir(made.Folder))
	require.NoError(t, err)
	assert.Len(t, left, 2)
	assert.Contains(t, says(t, home, "tasks", "show", "1"), made.Folder)
	assert.Contains(t, says(t, home, "tasks", "list", "--state", "done"), "backup")
}

func TestWhatIsGivenUpIsToldAndTriedAgain(t *testing.T) {
	home := t.TempDir()
	start(t, home)
	assert.Contains(t, says(t, home, "tasks", "dead"), "There are no such tasks.")
	assert.Contains(t, says(t, home, "schedule", "add", "0 8 * * *", "Summarise the news"), "summarise-the-news comes next at ")
	task := ended(t, home, asJSON[queue.Task](t, home, "schedule", "run", "summarise-the-news").ID)
	assert.Equal(t, queue.Dead, task.State, "no model server is connected")
	id := strconv.FormatInt(task.ID, 10)
	ended(t, home, asJSON[queue.Task](t, home, "tasks", "backup").ID)
	require.Len(t, asJSON[[]queue.Task](t, home, "tasks", "list"), 2)
	require.Len(t, asJSON[[]queue.Task](t, home, "tasks", "dead"), 1)
	assert.Contains(t, says(t, home, "tasks", "dead"), "no model server is connected yet; open the settings and connect one")
	assert.Contains(t, says(t, home, "status"), "1 given up: kai tasks dead tells why")
	assert.Equal(t, "Task "+id+" is tried again.\n", says(t, home, "tasks", "retry", id))
	assert.Equal(t, queue.Dead, ended(t, home, task.ID).State)
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"an ended task":     {[]string{"tasks", "cancel", id}, 3, "kai: task " + id + " is dead, so it can't be canceled\n"},
		"no such task":      {[]string{"tasks", "show", "99"}, 3, "kai: there is no task 99; kai tasks list tells which there are\n"},
		"no such state":     {[]string{"tasks", "list", "--state", "lost"}, 2, "kai: state: there is no state \"lost\"; choose one of waiting, running, done, dead, canceled\n"},
		"no such schedule":  {[]string{"schedule", "run", "lunch"}, 3, "kai: name: there is no schedule \"lunch\"; kai schedule list tells which there are\n"},
		"no such server":    {[]string{"schedule", "add", "@daily", "Hello", "--service", "x"}, 3, "kai: service: no connected model server is called \"x\"; connect one in the settings\n"},
		"a relative folder": {[]string{"tasks", "backup", "--to", "here"}, 2, "kai: folder: the folder of the backups is to be absolute; write it from the root of the disk\n"},
	} {
		code, _, errs := outcome(t, kai(t, home, c.args...))
		assert.Equal(t, c.code, code, name)
		assert.Equal(t, c.says, errs, name)
	}
	code, _, errs := outcome(t, kai(t, home, "schedule", "add", "8 o'clock", "Hello"))
	assert.Equal(t, 2, code)
	assert.Contains(t, errs, `"8 o'clock" is no schedule: it needs five fields; write minute, hour`)
}

// Killed, kai has its schedules and tasks at the next start.
func TestSchedulesSurviveAKill(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	says(t, home, "schedule", "backup", "0 2 * * *", "--keep", "3")
	planned := asJSON[[]queue.Schedule](t, home, "schedule", "list")
	require.Len(t, planned, 2)
	assert.Equal(t, []string{"backup", "retention"}, []string{planned[0].Name, planned[1].Name})
	require.NoError(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()
	start(t, home)
	assert.Equal(t, planned, asJSON[[]queue.Schedule](t, home, "schedule", "list"))
	assert.Equal(t, "backup is removed.\n", says(t, home, "schedule", "remove", "backup"))
	assert.NotContains(t, says(t, home, "schedule", "list"), "backup")
}
