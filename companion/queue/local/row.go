package local

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

const columns = `id, kind, state, body, note, key, schedule, priority, tries, canceled, created, due, begun, ended, fault`

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

// scanTask reads a row of columns.
func (q *Queue) scanTask(row scanner) (t queue.Task, err error) {
	var body, note, why string
	var created, due, begun, ended int64
	err = row.Scan(&t.ID, &t.Kind, &t.State, &body, &note, &t.Key, &t.Schedule, &t.Priority, &t.Tries, &t.Canceled, &created, &due, &begun, &ended, &why)
	if err != nil {
		return t, err
	}
	t.Body = json.RawMessage(body)
	if note != "" {
		t.Note = json.RawMessage(note)
	}
	t.MaxTries = q.kinds[t.Kind].MaxTries()
	t.Created, t.Due, t.Begun, t.Ended = moment(created), moment(due), moment(begun), moment(ended)
	if why != "" {
		t.Fault = &fault.Fault{}
		if json.Unmarshal([]byte(why), t.Fault) != nil {
			t.Fault = fault.New(fault.Internal, "why it failed can't be read")
		}
	}
	return t, nil
}

// moment reads a time; stamp writes one.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// faultText writes why a try failed; "" for nil.
func faultText(err error) string {
	public := fault.Public(err)
	if public == nil {
		return ""
	}
	text, err := json.Marshal(public)
	if err != nil {
		return "{}"
	}
	return string(text)
}

// Get answers one task.
func (q *Queue) Get(ctx context.Context, id int64) (queue.Task, error) {
	if err := q.begin(ctx); err != nil {
		return queue.Task{}, err
	}
	t, err := q.scanTask(q.reader.QueryRowContext(ctx, `SELECT `+columns+` FROM tasks WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, missing(id)
	}
	q.addProgress(&t)
	return t, q.fault(err, "reading a task")
}

func missing(id int64) error {
	return fault.New(fault.NotFound, "there is no task %d", id).WithRemedy("kai tasks list tells which there are")
}

// List answers the newest tasks first.
func (q *Queue) List(ctx context.Context, f queue.Filter) ([]queue.Task, error) {
	if err := errors.Join(f.Check(), q.begin(ctx)); err != nil {
		return nil, err
	}
	const text = `SELECT ` + columns + ` FROM tasks WHERE (?1 = '' OR state = ?1) AND (?2 = '' OR kind = ?2) AND (?3 = 0 OR id < ?3) ORDER BY id DESC LIMIT ?4`
	rows, err := q.reader.QueryContext(ctx, text, string(f.State), f.Kind, f.Before, f.Limit)
	if err != nil {
		return nil, q.fault(err, "listing tasks")
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := []queue.Task{}
	for rows.Next() {
		t, err := q.scanTask(rows)
		if err != nil {
			return nil, q.fault(err, "listing tasks")
		}
		q.addProgress(&t)
		out = append(out, t)
	}
	return out, q.fault(rows.Err(), "listing tasks")
}

// Count answers how many tasks there are of each state.
func (q *Queue) Count(ctx context.Context) (map[queue.State]int, error) {
	if err := q.begin(ctx); err != nil {
		return nil, err
	}
	rows, err := q.reader.QueryContext(ctx, `SELECT state, count(*) FROM tasks GROUP BY state`)
	if err != nil {
		return nil, q.fault(err, "counting tasks")
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	out := map[queue.State]int{}
	for rows.Next() {
		var s queue.State
		var n int
		if err := rows.Scan(&s, &n); err != nil {
			return nil, q.fault(err, "counting tasks")
		}
		out[s] = n
	}
	return out, q.fault(rows.Err(), "counting tasks")
}
