package local

import (
	"context"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// Add adds tasks, all or none.
func (q *Queue) Add(ctx context.Context, specs ...queue.Spec) ([]queue.Task, error) {
	for i := range specs {
		if err := q.check(&specs[i]); err != nil {
			return nil, err
		}
	}
	var out []queue.Task
	err := q.write(ctx, "adding tasks", func(ctx context.Context, w *writer) error {
		out = out[:0]
		for _, s := range specs {
			t, err := q.add(ctx, w, s, "")
			if err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	q.nudge()
	return out, nil
}

func (q *Queue) check(s *queue.Spec) error {
	if err := q.checkKind(s.Kind); err != nil {
		return err
	}
	return s.Check()
}

func (q *Queue) checkKind(name string) error {
	if _, ok := q.kinds[name]; !ok {
		return fault.New(fault.Unsupported, "there are no tasks of kind %.80q", name).WithField("kind")
	}
	return nil
}

// add writes one task, or finds the one that has its key.
func (q *Queue) add(ctx context.Context, w *writer, s queue.Spec, schedule string) (queue.Task, error) {
	now := q.opt.Now()
	due := now
	if s.At.After(now) {
		due = s.At
	}
	t := queue.Task{
		Kind: s.Kind, State: queue.Waiting, Body: s.Body, Key: s.Key, Schedule: schedule, Priority: s.Priority,
		MaxTries: q.kinds[s.Kind].MaxTries(), Created: moment(stamp(now)), Due: moment(stamp(due)),
	}
	const text = `INSERT INTO tasks (kind, state, body, key, schedule, priority, created, due) VALUES (?, 'waiting', ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	result, err := w.exec(ctx, text, s.Kind, string(s.Body), s.Key, schedule, s.Priority, stamp(now), stamp(due))
	if err != nil {
		return t, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		t.ID, _ = result.LastInsertId() // this driver always knows
		return t, err
	}
	err = w.each(ctx, `SELECT `+columns+` FROM tasks WHERE kind = ? AND key = ? AND key <> ''`, []any{s.Kind, s.Key}, func(row scanner) (err error) {
		t, err = q.scanTask(row)
		return err
	})
	return t, err
}

// Retry has a task done now.
func (q *Queue) Retry(ctx context.Context, id int64) (queue.Task, error) {
	const text = `UPDATE tasks SET state = 'waiting', tries = 0, canceled = 0, ended = 0, fault = '', due = ? WHERE id = ? AND state IN ('waiting', 'dead', 'canceled')`
	return q.alter(ctx, id, "trying a task again", "tried again", text, stamp(q.opt.Now()), id)
}

// Cancel ends a task. It is on disk before running work hears of it.
func (q *Queue) Cancel(ctx context.Context, id int64) (queue.Task, error) {
	const text = `UPDATE tasks SET canceled = 1, ended = iif(state = 'waiting', ?1, 0), state = iif(state = 'waiting', 'canceled', state) WHERE id = ?2 AND state IN ('waiting', 'running')`
	t, err := q.alter(ctx, id, "canceling a task", "canceled", text, stamp(q.opt.Now()), id)
	if err == nil {
		q.cancelActive(id)
	}
	return t, err
}

// alter changes one task, and says in which state it is when it cannot be.
func (q *Queue) alter(ctx context.Context, id int64, doing, done, text string, args ...any) (queue.Task, error) {
	err := q.write(ctx, doing, func(ctx context.Context, w *writer) error {
		ok, err := w.changed(ctx, text, args...)
		if err != nil || ok {
			return err
		}
		var state string
		if err := w.each(ctx, `SELECT state FROM tasks WHERE id = ?`, []any{id}, func(row scanner) error { return row.Scan(&state) }); err != nil {
			return err
		}
		if state == "" {
			return missing(id)
		}
		return fault.New(fault.Conflict, "task %d is %s, so it can't be %s", id, state, done)
	})
	if err != nil {
		return queue.Task{}, err
	}
	q.nudge()
	return q.Get(ctx, id)
}

// Sweep deletes ended tasks.
func (q *Queue) Sweep(ctx context.Context, old queue.Old) (n int, err error) {
	err = q.write(ctx, "sweeping tasks", func(ctx context.Context, w *writer) error {
		const text = `DELETE FROM tasks WHERE state IN ('done', 'canceled') AND ended < ? OR state = 'dead' AND ended < ?`
		result, err := w.exec(ctx, text, stamp(old.Ended), stamp(old.Dead))
		if err != nil {
			return err
		}
		gone, err := result.RowsAffected()
		n = int(gone)
		return err
	})
	return n, err
}

// Forget deletes all of a kind, and what of it is left in the log.
func (q *Queue) Forget(ctx context.Context, kind string) error {
	const doing = "forgetting tasks"
	err := q.write(ctx, doing, func(ctx context.Context, w *writer) error {
		if _, err := w.exec(ctx, `DELETE FROM schedules WHERE kind = ?`, kind); err != nil {
			return err
		}
		_, err := w.exec(ctx, `DELETE FROM tasks WHERE kind = ?`, kind)
		return err
	})
	if err != nil {
		return err
	}
	q.endKind(kind)
	return q.fault(q.writer.await(ctx, q.writer.hand(&change{do: emptyLog, outside: true, done: make(chan struct{})})), doing)
}

// emptyLog moves what is in the log to the file, where what was deleted is overwritten, and empties it.
func emptyLog(ctx context.Context, w *writer) error {
	busy, inLog, moved := 0, 0, 0
	err := w.each(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`, nil, func(row scanner) error { return row.Scan(&busy, &inLog, &moved) })
	if err == nil && busy != 0 {
		err = fault.New(fault.Unavailable, "what was forgotten is still in the log of the queue").WithRemedy("stop kai: that empties it")
	}
	return err
}
