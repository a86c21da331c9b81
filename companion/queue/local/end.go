package local

import (
	"context"
	"errors"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// ending is what to write of a try.
type ending struct {
	id     int64
	state  queue.State
	tries  int
	due    time.Time // of a task that waits again
	ended  time.Time
	reason string
}

func (e ending) write(ctx context.Context, w *writer) error {
	const text = `UPDATE tasks SET state = ?, tries = ?, due = iif(?3 = 0, due, ?3), ended = ?, fault = ? WHERE id = ? AND state = 'running'`
	_, err := w.exec(ctx, text, string(e.state), e.tries, stamp(e.due), stamp(e.ended), e.reason, e.id)
	return err
}

// ending says what becomes of a task whose handler returned.
func (q *Queue) ending(ctx context.Context, t queue.Task, err error) ending {
	now := q.opt.Now()
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return ending{id: t.ID, state: queue.Done, tries: t.Tries, ended: now}
	case errors.Is(cause, errCanceled):
		return ending{id: t.ID, state: queue.Canceled, tries: t.Tries, ended: now}
	case errors.Is(cause, errClosing): // not the task's fault: it is no try
		return ending{id: t.ID, state: queue.Waiting, tries: t.Tries - 1, due: now}
	case errors.Is(cause, errTimeout):
		err = errTimeout
	}
	q.opt.Log.Warn("a task failed", "task", t.ID, "kind", t.Kind, "try", t.Tries, "error", err)
	return q.outcome(t, err)
}

// outcome is that of a try that failed.
func (q *Queue) outcome(t queue.Task, err error) ending {
	now, kind := q.opt.Now(), q.kinds[t.Kind]
	e := ending{id: t.ID, state: queue.Waiting, tries: t.Tries, reason: faultText(err)}
	switch {
	case t.Canceled:
		e.state, e.ended, e.reason = queue.Canceled, now, ""
	case fault.CodeOf(err) == fault.Locked:
		e.tries, e.due = t.Tries-1, now.Add(queue.LockedPause)
	case queue.Hopeless(err) || t.Tries >= kind.MaxTries():
		e.state, e.ended = queue.Dead, now
	default:
		e.due = now.Add(kind.PauseAfter(t.Tries))
	}
	return e
}

func (q *Queue) cancelActive(id int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if a := q.active[id]; a != nil {
		a.cancel(errCanceled)
	}
}

// endKind ends the running work of a kind; its tasks are deleted, so nothing is written of their end.
func (q *Queue) endKind(kind string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, a := range q.active {
		if a.kind == kind {
			a.cancel(errCanceled)
		}
	}
}

// Drain waits for what is running and begins nothing more.
func (q *Queue) Drain(ctx context.Context) {
	q.mu.Lock()
	q.draining = true
	var running []*active
	for _, a := range q.active {
		running = append(running, a)
	}
	q.mu.Unlock()
	for _, a := range running {
		select {
		case <-a.over:
		case <-ctx.Done():
			return
		}
	}
}

// Close ends everything.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.closed, q.draining = true, true
	if q.end != nil {
		q.end(errClosing)
	}
	q.mu.Unlock()
	done := make(chan struct{})
	go func() { defer close(done); q.crew.Wait() }()
	var late error
	select {
	case <-done:
	case <-ctx.Done():
		late = fault.Wrap(fault.Timeout, ctx.Err(), "a task does not end; it is done again at the next start")
	}
	return errors.Join(late, q.fault(q.closeFile(), "closing the queue"))
}
