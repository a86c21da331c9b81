package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// The methods for tasks and schedules, on the local socket.
const (
	MethodTasksList   = "tasks.list"   // queue.Filter -> []queue.Task, without bodies and notes
	MethodTasksDead   = "tasks.dead"   // queue.Filter -> []queue.Task, those that were given up
	MethodTasksShow   = "tasks.show"   // TaskID -> queue.Task
	MethodTasksRetry  = "tasks.retry"  // TaskID -> queue.Task
	MethodTasksCancel = "tasks.cancel" // TaskID -> queue.Task
	MethodTasksBackup = "tasks.backup" // chores.Backup -> queue.Task

	MethodSchedulesList   = "schedules.list"   // -> []queue.Schedule
	MethodSchedulesAdd    = "schedules.add"    // NewSchedule -> queue.Schedule
	MethodSchedulesRemove = "schedules.remove" // ScheduleName
	MethodSchedulesRun    = "schedules.run"    // ScheduleName -> queue.Task
)

// TaskID names a task.
type TaskID struct {
	ID int64 `json:"id"`
}

// ScheduleName names a schedule.
type ScheduleName struct {
	Name string `json:"name"`
}

// NewSchedule is a schedule to add: a prompt, a backup or the retention. A schedule of that name is replaced; without a name
// it gets one of its own.
type NewSchedule struct {
	Name   string         `json:"name,omitempty"`
	When   string         `json:"when"`
	Prompt *chores.Prompt `json:"prompt,omitempty"`
	Backup *chores.Backup `json:"backup,omitempty"`
}

// taskMethods answers them.
func (a *App) taskMethods() protocol.Mux {
	return protocol.Mux{
		MethodTasksList: withTasks(a, a.listTasks),
		MethodTasksDead: withTasks(a, func(ctx context.Context, q queue.Queue, f queue.Filter) (any, error) {
			f.State = queue.Dead
			return a.listTasks(ctx, q, f)
		}),
		MethodTasksShow:   withTasks(a, func(ctx context.Context, q queue.Queue, in TaskID) (any, error) { return q.Get(ctx, in.ID) }),
		MethodTasksRetry:  withTasks(a, func(ctx context.Context, q queue.Queue, in TaskID) (any, error) { return q.Retry(ctx, in.ID) }),
		MethodTasksCancel: withTasks(a, func(ctx context.Context, q queue.Queue, in TaskID) (any, error) { return q.Cancel(ctx, in.ID) }),
		MethodTasksBackup: withTasks(a, a.backUp),
		MethodSchedulesList: withTasks(a, func(ctx context.Context, q queue.Queue, _ struct{}) (any, error) {
			return q.Schedules(ctx)
		}),
		MethodSchedulesAdd: withTasks(a, a.addSchedule),
		MethodSchedulesRemove: withTasks(a, func(ctx context.Context, q queue.Queue, in ScheduleName) (any, error) {
			return struct{}{}, q.Remove(ctx, in.Name)
		}),
		MethodSchedulesRun: withTasks(a, func(ctx context.Context, q queue.Queue, in ScheduleName) (any, error) { return q.Fire(ctx, in.Name) }),
	}
}

// withTasks is a method that needs the queue.
func withTasks[In any](a *App, do func(context.Context, queue.Queue, In) (any, error)) protocol.HandlerFunc {
	return func(ctx context.Context, r *protocol.Request) (any, error) {
		var in In
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		q, err := a.tasks()
		if err != nil {
			return nil, err
		}
		return do(ctx, q, in)
	}
}

func (a *App) listTasks(ctx context.Context, q queue.Queue, f queue.Filter) (any, error) {
	if names := a.kindNames(); f.Kind != "" && !slices.Contains(names, f.Kind) {
		return nil, fault.New(fault.Invalid, "no tasks are of the kind %.40q", f.Kind).WithField("kind").WithRemedy("write one of %s", strings.Join(names, ", "))
	}
	tasks, err := q.List(ctx, f)
	return queue.Brief(tasks), err
}

// backUp adds a backup that is made now.
func (a *App) backUp(ctx context.Context, q queue.Queue, in chores.Backup) (any, error) {
	body, err := backupBody(in)
	if err != nil {
		return nil, err
	}
	added, err := q.Add(ctx, queue.Spec{Kind: chores.KindBackup, Body: body})
	if err != nil {
		return nil, err
	}
	return added[0], nil
}

func backupBody(in chores.Backup) (json.RawMessage, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	return json.Marshal(in)
}

func (a *App) addSchedule(ctx context.Context, q queue.Queue, in NewSchedule) (any, error) {
	s := queue.Schedule{Name: in.Name, When: in.When}
	var err error
	var called string
	switch {
	case in.Prompt != nil && in.Backup == nil:
		s.Kind, called = chores.KindPrompt, nameFrom(in.Prompt.Text)
		s.Body, err = json.Marshal(in.Prompt)
		err = errors.Join(err, in.Prompt.Check(), a.prompts().Known(ctx, in.Prompt.Service))
	case in.Backup != nil && in.Prompt == nil:
		s.Kind, called = chores.KindBackup, chores.KindBackup
		s.Body, err = backupBody(*in.Backup)
	default:
		err = fault.New(fault.Invalid, "a schedule is of a prompt or of a backup")
	}
	if err != nil {
		return nil, err
	}
	if s.Name == "" {
		s.Name, err = freeName(ctx, q, called)
	}
	if err != nil {
		return nil, err
	}
	return q.Put(ctx, s)
}

// nameFrom makes a name of the first words of a question.
func nameFrom(text string) string {
	const most = 24
	name := strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(text), "-"), "-")
	if len(name) > most {
		name = name[:most]
		if word := strings.LastIndexByte(name, '-'); word > 0 {
			name = name[:word]
		}
	}
	if name == "" {
		return "prompt"
	}
	return name
}

// freeName is a name that no schedule has.
func freeName(ctx context.Context, q queue.Queue, called string) (string, error) {
	planned, err := q.Schedules(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, s := range planned {
		taken[s.Name] = true
	}
	name := called
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", called, n)
	}
	return name, nil
}
