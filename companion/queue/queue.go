// Package queue is long work that a kai does by itself: what a task is, what a kind of task is, and what every queue
// promises. Queues are companion/queue/local (SQLite) and those to come; companion/queue/queuetest is their suite.
//
// A task is done at least once: when kai ends in the middle, the work begins anew, so work notes how far it is. Imports
// shared/fault and the parser of schedules.
package queue

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// State is where a task is on its way.
type State string

// The states of a task. A task that failed and is tried again waits.
const (
	Waiting  State = "waiting"
	Running  State = "running"
	Done     State = "done"
	Dead     State = "dead" // given up; kept for the person to see and try again
	Canceled State = "canceled"
)

// States lists them all.
func States() []State { return []State{Waiting, Running, Done, Dead, Canceled} }

// What a task may be. Bodies and notes are JSON; sizes in bytes.
const (
	MaxBody     = 256 << 10
	MaxNote     = 16 << 10
	MaxKey      = 200
	MaxPriority = 100
	MaxList     = 1000
)

// Spec is a task to add.
type Spec struct {
	Kind     string
	Body     json.RawMessage // what the kind takes; none is {}
	Key      string          // a task of this kind with the same key is this very task; "" for none
	Priority int             // the greater is done first; -MaxPriority to MaxPriority
	At       time.Time       // not before; zero is now
}

// Task is what is known of a task. Times are zero where they have not come.
type Task struct {
	ID       int64           `json:"id"`
	Kind     string          `json:"kind"`
	State    State           `json:"state"`
	Body     json.RawMessage `json:"body,omitempty"`
	Note     json.RawMessage `json:"note,omitempty"` // what the work has noted of itself
	Key      string          `json:"key,omitempty"`
	Schedule string          `json:"schedule,omitempty"` // that added it
	Priority int             `json:"priority,omitempty"`
	Tries    int             `json:"tries"` // begun so far
	MaxTries int             `json:"maxTries"`
	Canceled bool            `json:"canceled,omitempty"` // it was told to end
	Created  time.Time       `json:"created"`
	Due      time.Time       `json:"due"`
	Begun    time.Time       `json:"begun,omitzero"`
	Ended    time.Time       `json:"ended,omitzero"`
	Fault    *fault.Fault    `json:"fault,omitempty"`    // of the last try
	Progress *Progress       `json:"progress,omitempty"` // of a running one
}

// Brief leaves out of tasks what lists do not show, bodies and notes, and answers them, never nil.
func Brief(tasks []Task) []Task {
	for i := range tasks {
		tasks[i].Body, tasks[i].Note = nil, nil
	}
	return append([]Task{}, tasks...)
}

// Progress is how far a running task is; Total is 0 while it is not known.
type Progress struct {
	What  string `json:"what"`
	Done  int64  `json:"done"`
	Total int64  `json:"total,omitempty"`
}

// Filter chooses tasks. Empty fields choose all.
type Filter struct {
	State  State  `json:"state,omitempty"`
	Kind   string `json:"kind,omitempty"`
	Before int64  `json:"before,omitempty"` // older than this id
	Limit  int    `json:"limit,omitempty"`  // 1 to MaxList; 0 is MaxList
}

// Old says which ended tasks are swept: done and canceled ones that ended before Ended, dead ones before Dead.
type Old struct {
	Ended time.Time
	Dead  time.Time
}

// Queue keeps tasks and does them. What Add, Retry, Cancel, Put and Remove answer is on disk. All methods are safe for
// concurrent use from opening to Close; after it they answer fault.Unavailable.
type Queue interface {
	// Add adds tasks, all or none: fault.Unsupported for an unknown kind, fault.Invalid for a wrong field. A spec whose
	// key is known answers the task that has it.
	Add(ctx context.Context, specs ...Spec) ([]Task, error)

	// Get answers one task, fault.NotFound when there is none.
	Get(ctx context.Context, id int64) (Task, error)

	// List answers the newest first.
	List(ctx context.Context, f Filter) ([]Task, error)

	// Count answers how many tasks there are of each state.
	Count(ctx context.Context) (map[State]int, error)

	// Retry has a dead, canceled or waiting task done now, with all its tries; fault.Conflict for any other.
	Retry(ctx context.Context, id int64) (Task, error)

	// Cancel ends a waiting task, and tells a running one to end, which it does soon; fault.Conflict for an ended one.
	Cancel(ctx context.Context, id int64) (Task, error)

	// Sweep deletes ended tasks and answers how many.
	Sweep(ctx context.Context, old Old) (int, error)

	// Forget deletes every task and schedule of a kind, after ending the running ones.
	Forget(ctx context.Context, kind string) error

	Scheduler

	// Start begins to work.
	Start(ctx context.Context) error

	// Drain begins nothing more and waits for what is running, until ctx ends.
	Drain(ctx context.Context)

	// Close ends what is still running, within ctx, and lets go of the file. What was running begins anew at the next Start.
	Close(ctx context.Context) error
}

// Scheduler adds tasks at the times of a schedule, as long as the queue works. A time that was missed meanwhile is made up
// for once, however many were missed; a time that comes while the task of the one before is not ended is left out.
type Scheduler interface {
	// Put adds a schedule or replaces the one of its name: fault.Invalid for a wrong field.
	Put(ctx context.Context, s Schedule) (Schedule, error)

	// Schedules lists them by name.
	Schedules(ctx context.Context) ([]Schedule, error)

	// Remove takes one away, fault.NotFound when there is none. Tasks that it added stay.
	Remove(ctx context.Context, name string) error

	// Fire adds the task of a schedule now.
	Fire(ctx context.Context, name string) (Task, error)
}

// Schedule adds a task of a kind with a body at certain times.
type Schedule struct {
	Name string          `json:"name"`
	When string          `json:"when"` // see ParseWhen
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
	Next time.Time       `json:"next,omitzero"`
	Last time.Time       `json:"last,omitzero"`  // when it last added a task
	Task int64           `json:"task,omitempty"` // the last one
}
