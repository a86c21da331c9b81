package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/queue/local"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/protocol"
)

// The tasks are in a file of their own in the data directory, and the backups that they make in a folder there.
const (
	tasksFile     = "tasks.db"
	backupsFolder = "backups"
)

// countTime bounds the look at the queue for a status.
const countTime = time.Second

// tasksPart is the queue. It begins when the assistant is there to answer what it asks, and ends before it.
func (a *App) tasksPart() standalone.Part {
	return standalone.Part{Step: driver.StepTasks, Start: a.openTasks, Stop: a.closeTasks, Tell: a.tellTasks}
}

func (a *App) openTasks(ctx context.Context) error {
	opened, err := local.Open(ctx, a.opt.Dir.File(tasksFile), local.Options{Kinds: a.kinds(), Now: a.opt.Now, Log: a.log("tasks")})
	if err != nil {
		return err
	}
	a.queue = opened
	err = errors.Join(
		plan(ctx, opened, chores.KindRetention, chores.RetentionTimes, true),
		plan(ctx, opened, chores.KindUpdate, chores.Daily(), a.opt.Config.Features.AutoUpdate && a.opt.Updates != ""),
		plan(ctx, opened, chores.KindTelemetry, chores.Daily(), a.opt.Config.Features.Telemetry),
	)
	if err == nil {
		err = opened.Start(ctx)
	}
	if err == nil {
		err = a.library.Resume(ctx)
	}
	if err != nil {
		a.queue = nil
		return errors.Join(err, opened.Close(ctx))
	}
	a.following = begin(a.folders.Run)
	return nil
}

// kinds are the chores that this kai has.
func (a *App) kinds() []queue.Kind {
	backups := a.backups()
	retention := chores.Retention{Queue: func() queue.Queue { return a.queue }, Backups: backups, Now: a.opt.Now}
	kinds := []queue.Kind{backups.Kind(), retention.Kind(), a.prompts().Kind(), a.embeds().Kind(), a.embeds().Ingest(), a.painter.Kind(), a.summaries.Kind(), a.updates().Kind(), a.telemetry().Kind()}
	for i, k := range kinds {
		kinds[i] = a.seen.Task(k)
	}
	return kinds
}

func (a *App) kindNames() (names []string) {
	for _, k := range a.kinds() {
		names = append(names, k.Name)
	}
	slices.Sort(names)
	return names
}

func (a *App) embeds() chores.Embeds {
	return chores.Embeds{Library: func() *library.Library { return a.library }}
}

func (a *App) prompts() chores.Prompts {
	return chores.Prompts{Assistant: protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		return a.assistant.Serve(ctx, r)
	})}
}

func (a *App) backups() chores.Backups {
	return chores.Backups{
		Folder: a.opt.Dir.File(backupsFolder),
		Copy:   a.copyStore,
	}
}

// copyStore makes a backup of the store while it is used.
func (a *App) copyStore(ctx context.Context, to string, progress upkeep.Progress) (upkeep.Manifest, error) {
	if a.live != nil {
		return a.live.Backup(ctx, to, a.opt.Now(), progress)
	}
	_, path := RecordFile(a.opt.Dir, a.opt.Config)
	i, err := sqlite.Inspect(ctx, path, Schema())
	if err != nil {
		return upkeep.Manifest{}, err
	}
	m, err := i.Backup(ctx, to, a.opt.Now(), progress)
	return m, errors.Join(err, i.Close())
}

// plan has a kind without a body done at times of every day, or not any more. A plan that is there stays: what was missed is
// made up for.
func plan(ctx context.Context, q queue.Queue, kind, when string, wanted bool) error {
	planned, err := q.Schedules(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(planned, func(s queue.Schedule) bool { return s.Kind == kind })
	switch {
	case wanted && at < 0:
		var name string
		if name, err = freeName(ctx, q, kind); err == nil { // a person may have given that name to a prompt
			_, err = q.Put(ctx, queue.Schedule{Name: name, When: when, Kind: kind})
		}
	case !wanted && at >= 0:
		err = q.Remove(ctx, planned[at].Name)
	}
	return err
}

func (a *App) closeTasks(ctx context.Context) error {
	a.following.end()
	q := a.queue
	if q == nil {
		return nil
	}
	return q.Close(ctx) // a.queue stays: it says that it is closed
}

// drain lets answers and tasks finish, within ctx, and begins no other.
func (a *App) drain(ctx context.Context) {
	var both sync.WaitGroup
	if a.queue != nil {
		both.Go(func() { a.queue.Drain(ctx) })
	}
	if a.engine != nil {
		both.Go(func() { a.engine.Drain(ctx) })
	}
	both.Wait()
}

// tasks is the queue, or why there is none.
func (a *App) tasks() (queue.Queue, error) {
	if a.queue == nil {
		return nil, fault.New(fault.Unavailable, "the queue of tasks did not start").WithRemedy("kai status tells why")
	}
	return a.queue, nil
}

// tellTasks counts what there is to do, and what was given up.
func (a *App) tellTasks() (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	n, err := a.queue.Count(ctx)
	if err != nil {
		return standalone.Detail(err), true
	}
	var parts []string
	for _, state := range []queue.State{queue.Running, queue.Waiting} {
		if n[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[state], state))
		}
	}
	if n[queue.Dead] > 0 {
		parts = append(parts, fmt.Sprintf("%d given up: kai tasks dead tells why", n[queue.Dead]))
	}
	return strings.Join(parts, ", "), false
}

// forgetAll deletes the files, and the questions that are asked at times, when everything is deleted.
func (a *App) forgetAll(ctx context.Context, r *protocol.Request, err error) error {
	if err != nil || r.Method != assistant.MethodDataDeleteAll {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	err = errors.Join(a.files.Clear(ctx), os.RemoveAll(a.opt.Dir.File(ImportsFolder)))
	if a.queue != nil {
		err = errors.Join(err, a.queue.Forget(ctx, chores.KindPrompt), a.painter.Clear(ctx), a.summaries.Clear(ctx))
	}
	return err
}
