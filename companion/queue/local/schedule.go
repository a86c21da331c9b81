package local

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

const scheduleColumns = `name, times, kind, body, next, last, task`

func scanSchedule(row scanner) (s queue.Schedule, err error) {
	var body string
	var next, last int64
	err = row.Scan(&s.Name, &s.When, &s.Kind, &body, &next, &last, &s.Task)
	s.Body, s.Next, s.Last = json.RawMessage(body), moment(next), moment(last)
	return s, err
}

// Put adds a schedule or replaces it.
func (q *Queue) Put(ctx context.Context, s queue.Schedule) (queue.Schedule, error) {
	if err := q.checkKind(s.Kind); err != nil {
		return s, err
	}
	when, err := s.Check()
	if err != nil {
		return s, err
	}
	s.Next = when.Next(q.opt.Now())
	err = q.write(ctx, "keeping a schedule", func(ctx context.Context, w *writer) error {
		const text = `INSERT INTO schedules (name, times, kind, body, next) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET times = excluded.times, kind = excluded.kind, body = excluded.body, next = excluded.next`
		_, err := w.exec(ctx, text, s.Name, s.When, s.Kind, string(s.Body), stamp(s.Next))
		return err
	})
	q.nudge()
	return s, err
}

// Schedules lists them.
func (q *Queue) Schedules(ctx context.Context) ([]queue.Schedule, error) {
	const doing = "listing schedules"
	if err := q.begin(ctx); err != nil {
		return nil, err
	}
	rows, err := q.reader.QueryContext(ctx, `SELECT `+scheduleColumns+` FROM schedules ORDER BY name`)
	if err != nil {
		return nil, q.fault(err, doing)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []queue.Schedule{}
	for rows.Next() {
		s, err := scanSchedule(rows)
		if err != nil {
			return nil, q.fault(err, doing)
		}
		out = append(out, s)
	}
	return out, q.fault(rows.Err(), doing)
}

// Remove takes a schedule away.
func (q *Queue) Remove(ctx context.Context, name string) error {
	return q.write(ctx, "removing a schedule", func(ctx context.Context, w *writer) error {
		ok, err := w.changed(ctx, `DELETE FROM schedules WHERE name = ?`, name)
		if err == nil && !ok {
			err = noSchedule(name)
		}
		return err
	})
}

func noSchedule(name string) error {
	return fault.New(fault.NotFound, "there is no schedule %.80q", name).WithField("name").WithRemedy("kai schedule list tells which there are")
}

// Fire adds the task of a schedule now.
func (q *Queue) Fire(ctx context.Context, name string) (t queue.Task, err error) {
	err = q.write(ctx, "adding the task of a schedule", func(ctx context.Context, w *writer) error {
		due, err := q.schedules(ctx, w, `WHERE name = ?`, name)
		switch {
		case err != nil:
			return err
		case len(due) == 0:
			return noSchedule(name)
		}
		t, err = q.fire(ctx, w, due[0], "")
		return err
	})
	q.nudge()
	return t, err
}

func (q *Queue) schedules(ctx context.Context, w *writer, where string, args ...any) (out []queue.Schedule, err error) {
	err = w.each(ctx, `SELECT `+scheduleColumns+` FROM schedules `+where, args, func(row scanner) error {
		s, err := scanSchedule(row)
		out = append(out, s)
		return err
	})
	return out, err
}

// fire adds the task of a schedule and notes that in it.
func (q *Queue) fire(ctx context.Context, w *writer, s queue.Schedule, key string) (queue.Task, error) {
	t, err := q.add(ctx, w, queue.Spec{Kind: s.Kind, Body: s.Body, Key: key}, s.Name)
	if err == nil {
		_, err = w.exec(ctx, `UPDATE schedules SET last = ?, task = ? WHERE name = ?`, stamp(q.opt.Now()), t.ID, s.Name)
	}
	return t, err
}

// fireDue adds the tasks whose time has come, once for however many times were missed. One whose last task is not ended
// is left out.
func (q *Queue) fireDue(ctx context.Context, w *writer, now time.Time) error {
	due, err := q.schedules(ctx, w, `WHERE next <> 0 AND next <= ?`, stamp(now))
	if err != nil {
		return err
	}
	for _, s := range due {
		busy := false
		const text = `SELECT 1 FROM tasks WHERE schedule = ? AND state IN ('waiting', 'running') LIMIT 1`
		if err := w.each(ctx, text, []any{s.Name}, func(scanner) error { busy = true; return nil }); err != nil {
			return err
		}
		if _, known := q.kinds[s.Kind]; known && !busy {
			if _, err := q.fire(ctx, w, s, s.Name+"@"+strconv.FormatInt(s.Next.Unix(), 10)); err != nil {
				return err
			}
		}
		if err := q.setNext(ctx, w, s, now); err != nil {
			return err
		}
	}
	return nil
}

// setNext computes the next time anew; none for times that this version cannot read.
func (q *Queue) setNext(ctx context.Context, w *writer, s queue.Schedule, now time.Time) error {
	var next time.Time
	if when, err := queue.ParseWhen(s.When); err == nil {
		next = when.Next(now)
	} else {
		q.opt.Log.Warn("a schedule can't be read and does nothing", "schedule", s.Name, "error", err)
	}
	_, err := w.exec(ctx, `UPDATE schedules SET next = ? WHERE name = ?`, stamp(next), s.Name)
	return err
}
