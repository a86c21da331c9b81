package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/telemetry"
	"github.com/kindos/kai/shared/fault"
)

// collector is an endpoint of telemetry.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	bodies  []string
	headers []http.Header
}

func collect(t *testing.T, answer http.HandlerFunc) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body) // what came is compared
		c.mu.Lock()
		c.bodies, c.headers = append(c.bodies, r.Method+" "+string(text)), append(c.headers, r.Header)
		c.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// tell has a kai with telemetry send its counters now, and gives what the task noted.
func tell(t *testing.T, dir string, to string, rate float64) (task queue.Task, told chores.Told) {
	t.Helper()
	require.NoError(t, telemetry.Settings{Endpoint: to, SampleRate: rate}.Write(dir))
	task = call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: chores.KindTelemetry})
	task = taskUntil(t, dir, task.ID, func(task queue.Task) bool { return !task.Ended.IsZero() })
	require.NoError(t, json.Unmarshal(task.Note, &told))
	return task, told
}

func withTelemetry(o *app.Options) { o.Config.Features.Telemetry = true }

// Counters of work that is full of personal things: the preview has none of them, and is what is sent, byte for byte.
func TestWhatIsSentIsWhatThePreviewShows(t *testing.T) {
	dir, usb, to := t.TempDir(), filepath.Join(t.TempDir(), "ada-lovelace"), collect(t, nil)
	open(t, dir, withTelemetry)
	require.NoError(t, os.Mkdir(usb, 0o700))
	peer := hosted(t, dir)
	done := call[queue.Task](t, peer, app.MethodTasksBackup, chores.Backup{Folder: usb})
	taskUntil(t, dir, done.ID, in(queue.Done))
	s := call[queue.Schedule](t, peer, app.MethodSchedulesAdd, app.NewSchedule{When: "@yearly", Prompt: &chores.Prompt{Text: daily}})
	lost := call[queue.Task](t, peer, app.MethodSchedulesRun, app.ScheduleName{Name: s.Name})
	taskUntil(t, dir, lost.ID, func(task queue.Task) bool { return task.Fault != nil })

	shown := call[app.Preview](t, peer, app.MethodTelemetry, nil).Payload
	task, told := tell(t, dir, to.URL+"/counters", 1)
	assert.Equal(t, []any{queue.Done, chores.Told{Sent: true}}, []any{task.State, told})
	assert.Equal(t, []string{"POST " + shown}, to.bodies)
	assert.Equal(t, shown, call[app.Preview](t, peer, app.MethodTelemetry, nil).Payload, "sending is not counted")

	var payload telemetry.Payload
	require.NoError(t, json.Unmarshal([]byte(shown), &payload))
	assert.Contains(t, payload.Tasks, telemetry.Count{Kind: chores.KindBackup, Status: "done", Value: 1})
	assert.Len(t, payload.Durations, 1)
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(shown), &fields))
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	assert.ElementsMatch(t, []string{"format", "program", "os", "arch", "mode", "agent_tasks_total", "agent_task_duration_seconds", "active_agents"}, names)
	host, err := os.Hostname()
	require.NoError(t, err)
	for _, personal := range []string{"ada", dir, usb, s.Name, daily, "tiny", host, "127.0.0.1"} {
		assert.NotContains(t, shown, personal)
	}
	var sent []string
	for name := range to.headers[0] {
		sent = append(sent, name)
	}
	assert.ElementsMatch(t, []string{"Accept-Encoding", "Connection", "Content-Length", "Content-Type", "User-Agent"}, sent)
	assert.Equal(t, "kAI", to.headers[0].Get("User-Agent"))
}

// A failure is noted on the task, which is done: nobody is bothered, and nothing is tried again.
func TestASendingThatFailsIsSilent(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, withTelemetry)
	other := collect(t, nil)
	broken := collect(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	away := collect(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	for _, c := range []struct {
		to   string
		rate float64
		why  string
	}{
		{"", 1, "there is no endpoint"},
		{other.URL, 0, "this day is left out"},
		{broken.URL, 1, "the endpoint of telemetry answers 500 Internal Server Error"},
		{away.URL, 1, "the endpoint of telemetry answers 307 Temporary Redirect"},
		{"http://127.0.0.1:1", 1, "the endpoint of telemetry does not answer"},
	} {
		task, told := tell(t, dir, c.to, c.rate)
		assert.Equal(t, []any{queue.Done, 1, chores.Told{Why: c.why}}, []any{task.State, task.Tries, told})
	}
	assert.Empty(t, other.bodies)
	assert.Equal(t, "ready", string(a.Health(t.Context()).State), "the status is not worse for it")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "telemetry.json"), []byte(`{"endpoint":"http://example.org","sampleRate":1}`), 0o600))
	task := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: chores.KindTelemetry})
	task = taskUntil(t, dir, task.ID, in(queue.Done))
	assert.Contains(t, string(task.Note), "counters can't be sent there", "a file that was written by hand is held to the rules")
}

// Switched off, there is no task for it; an endpoint alone sends nothing.
func TestTelemetryThatIsOffSendsNothing(t *testing.T) {
	dir, to := t.TempDir(), collect(t, nil)
	on := open(t, dir, withTelemetry)
	require.NoError(t, telemetry.Settings{Endpoint: to.URL, SampleRate: 1}.Write(dir))
	waiting := call[[]queue.Schedule](t, hosted(t, dir), app.MethodSchedulesList, nil)
	require.Len(t, waiting, 2)
	shut(t, on)
	open(t, dir)
	peer := hosted(t, dir)
	err := peer.Call(t.Context(), app.MethodSchedulesRun, app.ScheduleName{Name: chores.KindTelemetry}, nil)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	assert.NotEmpty(t, call[app.Preview](t, peer, app.MethodTelemetry, nil).Payload, "it can be looked at before")
	assert.Empty(t, to.bodies)
	kept := &lastNote{}
	require.NoError(t, chores.Telemetry{
		On:       func() bool { return false },
		Settings: func() (telemetry.Settings, error) { return telemetry.Settings{Endpoint: to.URL, SampleRate: 1}, nil },
		Payload:  func(context.Context) ([]byte, error) { return []byte("{}"), nil },
		Chance:   func() float64 { return 0 },
	}.Kind().Do(t.Context(), queue.NewWork(queue.Task{}, kept)), "a task that waited while it was switched off")
	assert.JSONEq(t, `{"sent":false,"why":"features.telemetry is false"}`, string(kept.text))
	assert.Empty(t, to.bodies)
}

// lastNote keeps the last note of a task.
type lastNote struct{ text json.RawMessage }

func (n *lastNote) KeepProgress(int64, queue.Progress) {}
func (n *lastNote) KeepNote(_ context.Context, _ int64, text json.RawMessage) error {
	n.text = text
	return nil
}
