package app

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/kindos/kai/companion/devtools"
	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/store"
)

const (
	shownTasks = 20
	shownLines = 200
)

// inside is what the page of devtools-agent shows.
func (a *App) inside(ctx context.Context) devtools.State {
	status := a.api.Status(ctx)
	out := devtools.State{Version: status.Version, Health: status.Health, Goroutines: runtime.NumGoroutine(), Log: []string{}}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	out.Heap, out.System = mem.HeapAlloc, mem.Sys
	out.Rows = []devtools.Table{a.runsTable(ctx), a.tasksTable(ctx), a.devicesTable(ctx), a.recordsTable(ctx), configTable(a.holds.Load().Trace)}
	for _, line := range logfile.Tail(a.opt.Dir.File(logfile.Folder), shownLines) {
		out.Log = append(out.Log, line.String())
	}
	return out
}

// runsTable lists answers in the making.
func (a *App) runsTable(ctx context.Context) devtools.Table {
	t := devtools.Table{Name: "Answers in the making", Heads: []string{"Run", "Model", "State", "Since"}, Empty: "No answer is being made."}
	if shot, err := protocol.Ask[assistant.Snapshot](ctx, a.assistant, assistant.MethodSnapshot, assistant.Empty{}); err == nil {
		for _, r := range shot.Runs {
			t.Rows = append(t.Rows, []string{r.ID, r.Model, string(r.State), r.Created})
		}
	}
	return t
}

// tasksTable lists the newest tasks, without what they are about.
func (a *App) tasksTable(ctx context.Context) devtools.Table {
	t := devtools.Table{Name: "Tasks", Heads: []string{"Task", "Kind", "State", "Tries", "Due", "Progress"}, Empty: "There are no tasks."}
	if a.queue == nil {
		return t
	}
	tasks, err := a.queue.List(ctx, queue.Filter{})
	if err != nil {
		t.Empty = err.Error()
		return t
	}
	slices.SortFunc(tasks, func(x, y queue.Task) int { return cmp.Compare(y.ID, x.ID) })
	for _, task := range tasks[:min(len(tasks), shownTasks)] {
		done := ""
		if p := task.Progress; p != nil {
			done = fmt.Sprintf("%s %d of %d", p.What, p.Done, p.Total)
		}
		t.Rows = append(t.Rows, []string{
			strconv.FormatInt(task.ID, 10), task.Kind, string(task.State), fmt.Sprintf("%d of %d", task.Tries, task.MaxTries), task.Due.UTC().Format(time.RFC3339), done,
		})
	}
	return t
}

// devicesTable lists who exchanges records with this kai.
func (a *App) devicesTable(ctx context.Context) devtools.Table {
	t := devtools.Table{Name: "Devices", Heads: []string{"Device", "Kind", "Connected", "Last exchange", "Waiting"}, Empty: "No device exchanges with this kai."}
	if state, err := protocol.Ask[assistant.SyncState](ctx, a.exchange.Methods(nil), assistant.MethodSyncState, assistant.Empty{}); err == nil {
		for _, d := range state.Devices {
			t.Rows = append(t.Rows, []string{d.Name, cmp.Or(d.Kind, "browser"), strconv.FormatBool(d.Connected), d.Last, strconv.Itoa(d.Waiting)})
		}
	}
	return t
}

// recordsTable counts what is kept.
func (a *App) recordsTable(ctx context.Context) devtools.Table {
	t := devtools.Table{Name: "Records", Heads: []string{"Kind", "Records"}, Empty: "Nothing is kept yet."}
	m, ok := a.store.(store.Measurer)
	if !ok {
		return t
	}
	if usage, err := m.Measure(ctx); err == nil {
		for kind, n := range usage.Records {
			t.Rows = append(t.Rows, []string{string(kind), strconv.FormatInt(n, 10)})
		}
	}
	slices.SortFunc(t.Rows, func(x, y []string) int { return cmp.Compare(x[0], y[0]) })
	return t
}

// configTable lists the keys with their values, secrets masked, and where each was written.
func configTable(trace config.Trace) devtools.Table {
	t := devtools.Table{Name: "Configuration", Heads: []string{"Key", "Value", "From"}, Empty: "This kai was started without a file: the defaults hold."}
	for _, field := range trace.Fields() {
		if e, ok := trace.Explain(field.Path); ok && field.Leaf() && e.Value != nil {
			t.Rows = append(t.Rows, []string{field.Path, e.Value.Show(), e.Origin.String()})
		}
	}
	return t
}
