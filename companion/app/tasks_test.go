package app_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
)

const daily = "Who am I today?"

// call asks a kai and gives its answer.
func call[Out any](t *testing.T, peer *protocol.Peer, method string, in any) (out Out) {
	t.Helper()
	require.NoError(t, peer.Call(t.Context(), method, in, &out), method)
	return out
}

// connected gives a kai a model server.
func connected(t *testing.T, a *app.App, dir, address string) {
	t.Helper()
	call[assistant.ServiceView](t, view(t, a, dir), assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", Name: "Tiny", URL: address})
}

// planned adds a prompt at 8 every day.
func planned(t *testing.T, dir string) queue.Schedule {
	t.Helper()
	return call[queue.Schedule](t, hosted(t, dir), app.MethodSchedulesAdd, app.NewSchedule{When: "0 8 * * *", Prompt: &chores.Prompt{Text: daily, Service: "tiny"}})
}

// taskUntil waits for a task to be as wanted.
func taskUntil(t *testing.T, dir string, id int64, wanted func(queue.Task) bool) (task queue.Task) {
	t.Helper()
	peer := hosted(t, dir)
	require.Eventually(t, func() bool {
		task = call[queue.Task](t, peer, app.MethodTasksShow, app.TaskID{ID: id})
		return wanted(task)
	}, 20*time.Second, time.Millisecond, "%+v", task)
	return task
}

func in(state queue.State) func(queue.Task) bool {
	return func(task queue.Task) bool { return task.State == state }
}

// talks are the conversations of a kai with their messages.
func talks(t *testing.T, a *app.App, dir string) (out [][]assistant.Message) {
	t.Helper()
	peer := view(t, a, dir)
	for _, c := range call[assistant.Snapshot](t, peer, assistant.MethodSnapshot, assistant.Empty{}).Conversations {
		out = append(out, call[assistant.MessagePage](t, peer, assistant.MethodMessageList, assistant.ListMessages{Conversation: c.ID}).Messages)
	}
	return out
}

// whole demands one conversation with the question and its whole answer.
func whole(t *testing.T, a *app.App, dir string) {
	t.Helper()
	found := talks(t, a, dir)
	require.Len(t, found, 1)
	require.Len(t, found[0], 2)
	assert.Equal(t, []string{daily, "Hello, Ada."}, []string{found[0][0].Text, found[0][1].Text})
	assert.Equal(t, run.StateDone, found[0][1].State)
}

// letGo is a hold that is open.
func letGo() chan struct{} {
	hold := make(chan struct{})
	close(hold)
	return hold
}

func TestEachTimeOfAPromptMakesAConversation(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	connected(t, a, dir, ollama(t, letGo()))
	s := planned(t, dir)
	assert.Equal(t, "who-am-i-today", s.Name)
	assert.Equal(t, "who-am-i-today-2", planned(t, dir).Name)
	assert.Equal(t, 8, s.Next.Local().Hour())
	task := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: s.Name})
	done := taskUntil(t, dir, task.ID, in(queue.Done))
	whole(t, a, dir)
	var asked chores.Asked
	require.NoError(t, json.Unmarshal(done.Note, &asked))
	assert.Equal(t, talks(t, a, dir)[0][1].ID, asked.Answer)
	again := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: s.Name})
	taskUntil(t, dir, again.ID, in(queue.Done))
	assert.Len(t, talks(t, a, dir), 2)
}

func TestTimesMissedWhileKaiWasOffAreMadeUpForOnce(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	connected(t, a, dir, ollama(t, letGo()))
	planned(t, dir)
	shut(t, a)
	for range 2 {
		a = open(t, dir, func(o *app.Options) { o.Now = func() time.Time { return time.Now().Add(72 * time.Hour) } })
		peer := hosted(t, dir)
		var found []queue.Task
		require.Eventually(t, func() bool { // the retention was missed too, and comes with it
			found = call[[]queue.Task](t, peer, app.MethodTasksList, queue.Filter{State: queue.Done})
			return len(found) == 2
		}, 20*time.Second, time.Millisecond)
		whole(t, a, dir)
		shut(t, a)
	}
}

// An answer that kai ended in is made in the conversation that it belongs to.
func TestAPromptGoesOnWhereKaiEnded(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	a := open(t, dir)
	connected(t, a, dir, ollama(t, hold))
	task := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: planned(t, dir).Name})
	taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Progress != nil && t.Progress.Done == int64(len("Hello, ")) })
	shut(t, a)
	close(hold)
	a = open(t, dir)
	assert.Equal(t, 1, taskUntil(t, dir, task.ID, in(queue.Done)).Tries, "being stopped was no try")
	whole(t, a, dir)
}

// Stopped in the midst of a prompt, kai lets it finish within what it is given for that.
func TestStoppingLetsTasksFinish(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	a := open(t, dir, func(o *app.Options) { o.Drain = time.Minute })
	connected(t, a, dir, ollama(t, hold))
	task := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: planned(t, dir).Name})
	taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Progress != nil })
	stopped := make(chan struct{})
	go func() { defer close(stopped); shut(t, a) }()
	close(hold)
	<-stopped
	a = open(t, dir)
	assert.Equal(t, queue.Done, call[queue.Task](t, hosted(t, dir), app.MethodTasksShow, app.TaskID{ID: task.ID}).State)
	whole(t, a, dir)
}

// faulty is a model server that can be taken away.
func faulty(t *testing.T, away *atomic.Bool) string {
	t.Helper()
	to, err := url.Parse(ollama(t, letGo()))
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAPromptThatFailsIsAskedAgainInItsConversation(t *testing.T) {
	dir, away := t.TempDir(), &atomic.Bool{}
	a := open(t, dir)
	connected(t, a, dir, faulty(t, away))
	name := planned(t, dir).Name
	first := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: name})
	taskUntil(t, dir, first.ID, in(queue.Done)) // the model is known now
	away.Store(true)
	peer := hosted(t, dir)
	task := call[queue.Task](t, peer, app.MethodSchedulesRun, app.ScheduleName{Name: name})
	failed := taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Fault != nil })
	assert.Equal(t, queue.Waiting, failed.State)
	assert.WithinDuration(t, time.Now().Add(time.Minute), failed.Due, 10*time.Second)
	require.Len(t, talks(t, a, dir), 2)
	call[queue.Task](t, peer, app.MethodTasksRetry, app.TaskID{ID: task.ID})
	taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Tries == 1 && t.Fault != nil })
	away.Store(false)
	call[queue.Task](t, peer, app.MethodTasksRetry, app.TaskID{ID: task.ID})
	taskUntil(t, dir, task.ID, in(queue.Done))
	found := talks(t, a, dir)
	require.Len(t, found, 2)
	require.Len(t, found[0], 2)
	assert.Equal(t, "Hello, Ada.", found[0][1].Text)
}

// Whoever deletes the conversation of a failed prompt is not asked again.
func TestAPromptWhoseConversationIsDeletedIsDone(t *testing.T) {
	dir, away := t.TempDir(), &atomic.Bool{}
	a := open(t, dir)
	connected(t, a, dir, faulty(t, away))
	name := planned(t, dir).Name
	first := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: name})
	taskUntil(t, dir, first.ID, in(queue.Done))
	away.Store(true)
	peer := hosted(t, dir)
	task := call[queue.Task](t, peer, app.MethodSchedulesRun, app.ScheduleName{Name: name})
	failed := taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Fault != nil })
	var asked chores.Asked
	require.NoError(t, json.Unmarshal(failed.Note, &asked))
	call[assistant.Conversation](t, view(t, a, dir), assistant.MethodConversationDelete, assistant.ByID{ID: asked.Conversation})
	call[queue.Task](t, peer, app.MethodTasksRetry, app.TaskID{ID: task.ID})
	taskUntil(t, dir, task.ID, in(queue.Done))
	assert.Len(t, talks(t, a, dir), 1)
}

func TestACanceledPromptStopsItsAnswer(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	a := open(t, dir)
	connected(t, a, dir, ollama(t, hold))
	peer := hosted(t, dir)
	task := call[queue.Task](t, peer, app.MethodSchedulesRun, app.ScheduleName{Name: planned(t, dir).Name})
	taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Progress != nil })
	call[queue.Task](t, peer, app.MethodTasksCancel, app.TaskID{ID: task.ID})
	taskUntil(t, dir, task.ID, in(queue.Canceled))
	found := talks(t, a, dir)
	require.Len(t, found, 1)
	assert.Equal(t, run.StateStopped, found[0][1].State)
}

// Deleting everything deletes what is asked at times too, on the disk as well.
func TestDeletingAllForgetsPrompts(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	connected(t, a, dir, ollama(t, letGo()))
	task := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: planned(t, dir).Name})
	taskUntil(t, dir, task.ID, in(queue.Done))
	call[assistant.Empty](t, view(t, a, dir), assistant.MethodDataDeleteAll, assistant.Empty{})
	left := call[[]queue.Schedule](t, hosted(t, dir), app.MethodSchedulesList, nil)
	require.Len(t, left, 1)
	assert.Equal(t, chores.KindRetention, left[0].Name)
	shut(t, a)
	assert.False(t, onDisk(t, dir, daily))
}

func TestWrongSchedulesAreRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	peer := hosted(t, dir)
	for name, c := range map[string]struct {
		in   app.NewSchedule
		code fault.Code
	}{
		"of nothing":     {app.NewSchedule{When: "@daily"}, fault.Invalid},
		"of two":         {app.NewSchedule{When: "@daily", Prompt: &chores.Prompt{Text: "x"}, Backup: &chores.Backup{}}, fault.Invalid},
		"no question":    {app.NewSchedule{When: "@daily", Prompt: &chores.Prompt{Text: " "}}, fault.Invalid},
		"a long one":     {app.NewSchedule{When: "@daily", Prompt: &chores.Prompt{Text: strings.Repeat("x", 65<<10)}}, fault.Invalid},
		"no such server": {app.NewSchedule{When: "@daily", Prompt: &chores.Prompt{Text: "x", Service: "nobody"}}, fault.NotFound},
		"no times":       {app.NewSchedule{Prompt: &chores.Prompt{Text: "x"}}, fault.Invalid},
		"a wrong name":   {app.NewSchedule{Name: "A b", When: "@daily", Prompt: &chores.Prompt{Text: "x"}}, fault.Invalid},
		"many backups":   {app.NewSchedule{When: "@daily", Backup: &chores.Backup{Keep: 5000}}, fault.Invalid},
	} {
		assert.Equal(t, c.code, fault.CodeOf(peer.Call(t.Context(), app.MethodSchedulesAdd, c.in, nil)), name)
	}
}

// A queue that is damaged keeps nobody from talking: kai says what to do about it.
func TestADamagedQueueDegrades(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tasks.db"), []byte(strings.Repeat("nonsense", 1000)), 0o600))
	a := open(t, dir)
	step := stepOf(t, a.Health(t.Context()), driver.StepTasks)
	assert.Equal(t, driver.StateDegraded, step.State)
	assert.Contains(t, step.Detail, "move the file away and start kai again")
	err := hosted(t, dir).Call(t.Context(), app.MethodTasksList, queue.Filter{}, nil)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Equal(t, driver.StateDegraded, a.Health(t.Context()).State)
}

// A prompt whose service has its key in a locked vault waits for the person, without using up its tries.
func TestAPromptWaitsForTheVault(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, "guarded", "sk-1")
	a := open(t, dir)
	spec, key := guarded(t, "sk-1"), "vault:guarded"
	call[assistant.ServiceView](t, view(t, a, dir), assistant.MethodServiceAdd, assistant.PutService{Kind: spec.Kind, Name: "Tiny", URL: spec.URL, Key: &key})
	s := call[queue.Schedule](t, hosted(t, dir), app.MethodSchedulesAdd, app.NewSchedule{When: "@daily", Prompt: &chores.Prompt{Text: daily, Model: "tiny"}})
	task := call[queue.Task](t, hosted(t, dir), app.MethodSchedulesRun, app.ScheduleName{Name: s.Name})
	waits := taskUntil(t, dir, task.ID, func(t queue.Task) bool { return t.Fault != nil })
	assert.Equal(t, []any{queue.Waiting, 0, fault.Locked}, []any{waits.State, waits.Tries, waits.Fault.Code})
}

// A plan of kai's own takes no name that a person has given.
func TestAPlanOfKaiLeavesAPersonsScheduleOfThatName(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	connected(t, a, dir, ollama(t, letGo()))
	mine := call[queue.Schedule](t, hosted(t, dir), app.MethodSchedulesAdd,
		app.NewSchedule{Name: chores.KindTelemetry, When: "0 8 * * *", Prompt: &chores.Prompt{Text: daily, Service: "tiny"}})
	shut(t, a)

	open(t, dir, func(o *app.Options) { o.Config.Features.Telemetry = true })
	kinds := map[string]string{}
	for _, s := range call[[]queue.Schedule](t, hosted(t, dir), app.MethodSchedulesList, struct{}{}) {
		kinds[s.Name] = s.Kind
	}
	assert.Equal(t, chores.KindPrompt, kinds[mine.Name])
	assert.Equal(t, chores.KindTelemetry, kinds[mine.Name+"-2"])
}

func TestAKindThatThereIsNotIsNamed(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	f := refused(t, hosted(t, dir), app.MethodTasksList, queue.Filter{Kind: "sumarise"})
	assert.Equal(t, "kind", f.Field)
	assert.Equal(t, "write one of backup, embed, image, ingest, prompt, retention, summarise, telemetry, update", f.Remedy)
}
