package queue

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// How a kind that says nothing of it is tried.
const (
	DefaultTries = 5
	DefaultPause = 15 * time.Second
	LockedPause  = 5 * time.Minute
	maxPause     = time.Hour
)

// Handler does the work of one task. It ends soon after ctx does. An error ends the try; see Kind.
type Handler func(ctx context.Context, w *Work) error

// Kind is a sort of task. A try that fails is followed by another after Pause, twice Pause, four times Pause, up to an hour,
// at most Tries in all; then the task is dead. An error that says that no try can help (see Hopeless) makes it dead at once.
// One that says that the vault is locked is no try: the task waits for the person, and looks every LockedPause.
type Kind struct {
	Name    string
	Do      Handler
	Tries   int           // 0 is DefaultTries
	Pause   time.Duration // 0 is DefaultPause
	Timeout time.Duration // of one try; 0 is none
	Alone   bool          // one is done at a time; the others leave the workers to other kinds meanwhile
}

// MaxTries is how often it is tried.
func (k Kind) MaxTries() int {
	if k.Tries > 0 {
		return k.Tries
	}
	return DefaultTries
}

// PauseAfter is how long to wait after so many tries.
func (k Kind) PauseAfter(tries int) time.Duration {
	pause := k.Pause
	if pause <= 0 {
		pause = DefaultPause
	}
	for range tries - 1 {
		if pause *= 2; pause >= maxPause {
			return maxPause
		}
	}
	return min(pause, maxPause)
}

// Hopeless says whether an error will be the same next time, as long as nobody changes anything.
func Hopeless(err error) bool {
	return slices.Contains([]fault.Code{fault.Invalid, fault.NotFound, fault.Unsupported, fault.Unauthorized, fault.Forbidden}, fault.CodeOf(err))
}

// Keeper is what a queue keeps of running work.
type Keeper interface {
	KeepProgress(id int64, p Progress)
	KeepNote(ctx context.Context, id int64, note json.RawMessage) error
}

// Work is a task in the hands of its handler.
type Work struct {
	Task   Task
	keeper Keeper
}

// NewWork hands a task to its handler.
func NewWork(t Task, k Keeper) *Work { return &Work{Task: t, keeper: k} }

// Decode reads the body into v; one that does not fit answers fault.Invalid.
func (w *Work) Decode(v any) error {
	if err := json.Unmarshal(w.Task.Body, v); err != nil {
		return fault.New(fault.Invalid, "the body of the task does not fit its kind %s: %w", w.Task.Kind, err)
	}
	return nil
}

// Noted reads the note of an earlier try into v; false when there is none.
func (w *Work) Noted(v any) bool {
	return len(w.Task.Note) > 0 && json.Unmarshal(w.Task.Note, v) == nil
}

// Progress tells how far the work is. It is kept in memory alone.
func (w *Work) Progress(what string, done, total int64) {
	w.keeper.KeepProgress(w.Task.ID, Progress{What: what, Done: done, Total: total})
}

// Note writes v to the task, in place of an earlier note: where a next try goes on, and what came out in the end. It is on
// disk when Note returns.
func (w *Work) Note(ctx context.Context, v any) error {
	note, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "writing a note on a task")
	}
	if len(note) > MaxNote {
		return fault.New(fault.Exhausted, "a note on a task has at most %d KB", MaxNote>>10)
	}
	w.Task.Note = note
	return w.keeper.KeepNote(ctx, w.Task.ID, note)
}
