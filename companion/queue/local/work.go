package local

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/lifecycle"
)

const (
	// lookEvery bounds the wait for a time: a timer stands still while the computer sleeps, and the clock may be set.
	lookEvery = 30 * time.Second

	// againAfter is the pause after a disk that could not be written.
	againAfter = 5 * time.Second
)

// The reasons why work is told to end.
var (
	errCanceled = errors.New("the task is canceled")
	errClosing  = errors.New("the queue is closing")
	errTimeout  = fault.New(fault.Timeout, "the task took longer than it may")
)

// Queue is a queue.Queue in a file.
type Queue struct {
	path   string
	opt    Options
	kinds  map[string]queue.Kind
	db     *sql.DB // the writer's
	reader *sql.DB
	writer *writer
	wake   chan struct{} // there may be something to do

	mu       sync.Mutex // guards what follows
	active   map[int64]*active
	busy     int // workers that are not free
	draining bool
	closed   bool
	life     context.Context // ends when the queue closes
	end      context.CancelCauseFunc
	crew     sync.WaitGroup // the dispatcher and the workers
}

// active is a task that is being done. Its context ends when it is canceled.
type active struct {
	kind     string
	ctx      context.Context
	cancel   context.CancelCauseFunc
	progress *queue.Progress
	over     chan struct{} // closed when its end is written
}

var _ queue.Queue = (*Queue)(nil)

// begin refuses what is asked of a closed queue.
func (q *Queue) begin(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return closed()
	}
	return ctx.Err()
}

func (q *Queue) write(ctx context.Context, doing string, do func(context.Context, *writer) error) error {
	if err := q.begin(ctx); err != nil {
		return err
	}
	return q.fault(q.writer.write(ctx, do), doing)
}

// nudge wakes the dispatcher.
func (q *Queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// recover has tasks wait again that a killed process was doing. One that was told to end has ended; one that ended kai
// too often is dead.
func (q *Queue) recover(ctx context.Context) error {
	return q.writer.write(ctx, func(ctx context.Context, w *writer) error {
		var found []queue.Task
		err := w.each(ctx, `SELECT `+columns+` FROM tasks WHERE state = 'running'`, nil, func(row scanner) error {
			t, err := q.scanTask(row)
			found = append(found, t)
			return err
		})
		for _, t := range found {
			why := fault.New(fault.Unavailable, "kai ended in the middle of it")
			e := q.outcome(t, why)
			if e.state == queue.Waiting {
				e.due = q.opt.Now()
			}
			err = errors.Join(err, e.write(ctx, w))
		}
		return err
	})
}

// Start begins to work. Schedules are computed anew, because the time zone may be another one.
func (q *Queue) Start(ctx context.Context) error {
	now := q.opt.Now()
	err := q.write(ctx, "starting the queue", func(ctx context.Context, w *writer) error {
		coming, err := q.schedules(ctx, w, `WHERE next = 0 OR next > ?`, stamp(now))
		for _, s := range coming {
			err = errors.Join(err, q.setNext(ctx, w, s, now))
		}
		return err
	})
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.life != nil {
		return fault.New(fault.Conflict, "the queue was started already")
	}
	q.life, q.end = context.WithCancelCause(context.WithoutCancel(ctx))
	life := q.life
	q.crew.Go(func() { q.dispatch(life) })
	return nil
}

// dispatch takes tasks and hands them to workers until life ends.
func (q *Queue) dispatch(life context.Context) {
	for life.Err() == nil {
		next := q.handOut(life)
		for asleep := true; asleep && life.Err() == nil; {
			asleep = q.sleep(life, next)
		}
	}
}

// handOut gives free workers what is due, and says when to look again: zero where only a nudge can bring something.
func (q *Queue) handOut(life context.Context) time.Time {
	if q.free() == 0 {
		return time.Time{}
	}
	claimed, next, err := q.claim()
	if err != nil {
		q.opt.Log.Error("no task can be taken from the queue", "error", err)
		return q.opt.Now().Add(againAfter)
	}
	for _, t := range claimed {
		q.crew.Go(func() { q.work(life, t) })
	}
	return next
}

// sleep waits for a nudge or for next, and says whether it is too early still.
func (q *Queue) sleep(life context.Context, next time.Time) bool {
	wait := lookEvery
	if !next.IsZero() {
		wait = min(wait, max(next.Sub(q.opt.Now()), 0))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-q.wake:
		return false
	case <-timer.C:
		return next.IsZero() || q.opt.Now().Before(next)
	case <-life.Done():
		return false
	}
}

// free is how many workers have nothing to do.
func (q *Queue) free() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.draining {
		return 0
	}
	return q.opt.Workers - q.busy
}

// work does one task and writes how it ended.
func (q *Queue) work(life context.Context, t queue.Task) {
	q.mu.Lock()
	ctx := q.active[t.ID].ctx
	q.mu.Unlock()
	kind := q.kinds[t.Kind]
	if kind.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, kind.Timeout, errTimeout)
		defer stop()
	}
	err := lifecycle.Guard("task "+t.Kind, func() error { return kind.Do(ctx, queue.NewWork(t, q)) })
	q.finish(life, t.ID, q.ending(ctx, t, err))
}

// finish writes how a task ended. Its worker is free as soon as that is in the writer's hands. What cannot be written is
// tried again; when the queue closes before, the task is done again at the next start.
func (q *Queue) finish(life context.Context, id int64, e ending) {
	c := q.writer.submit(e.write)
	q.release()
	for {
		err := q.writer.await(context.Background(), c)
		if err == nil {
			break
		}
		q.opt.Log.Error("the end of a task can't be written", "task", id, "error", err)
		select {
		case <-time.After(againAfter):
			c = q.writer.submit(e.write)
			continue
		case <-life.Done():
		}
		break
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if a := q.active[id]; a != nil && q.kinds[a.kind].Alone {
		defer q.nudge() // the next of its kind may begin
	}
	q.forget(id)
}

func (q *Queue) release() {
	q.mu.Lock()
	q.busy--
	q.mu.Unlock()
	q.nudge()
}

// KeepProgress keeps what running work tells of itself.
func (q *Queue) KeepProgress(id int64, p queue.Progress) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if a := q.active[id]; a != nil {
		a.progress = &p
	}
}

// KeepNote writes a note to a running task.
func (q *Queue) KeepNote(ctx context.Context, id int64, note json.RawMessage) error {
	return q.fault(q.writer.write(ctx, func(ctx context.Context, w *writer) error {
		_, err := w.exec(ctx, `UPDATE tasks SET note = ? WHERE id = ?`, string(note), id)
		return err
	}), "writing a note on a task")
}

func (q *Queue) addProgress(t *queue.Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if a := q.active[t.ID]; a != nil && t.State == queue.Running {
		t.Progress = a.progress
	}
}
