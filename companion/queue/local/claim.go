package local

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/companion/queue"
)

// claim takes as many due tasks as there are free workers, and says when the next thing is due if it took them all.
func (q *Queue) claim() (claimed []queue.Task, next time.Time, err error) {
	c := q.writer.submit(func(ctx context.Context, w *writer) (err error) {
		q.drop(claimed...) // of a transaction that came to nothing
		now, limit := q.opt.Now(), q.free()
		claimed, next = nil, time.Time{}
		if err := q.fireDue(ctx, w, now); err != nil {
			return err
		}
		if claimed, err = q.take(ctx, w, now, limit); err != nil {
			return err
		}
		q.activate(claimed) // here, so that whoever cancels a running task finds it
		if len(claimed) == limit {
			return nil
		}
		kinds := q.able()
		return w.each(ctx, nextText(kinds), kinds, func(row scanner) error {
			var ms int64
			err := row.Scan(&ms)
			next = moment(ms)
			return err
		})
	})
	if err := q.writer.await(context.Background(), c); err != nil {
		q.drop(claimed...)
		return nil, time.Time{}, q.fault(err, "taking a task")
	}
	return claimed, next, nil
}

// activate makes tasks known as being done.
func (q *Queue) activate(tasks []queue.Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range tasks {
		ctx, cancel := context.WithCancelCause(q.life)
		q.active[t.ID] = &active{kind: t.Kind, ctx: ctx, cancel: cancel, over: make(chan struct{})}
		q.busy++
	}
}

// drop takes back what activate did with tasks that nobody began.
func (q *Queue) drop(tasks ...queue.Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range tasks {
		if q.forget(t.ID) {
			q.busy--
		}
	}
}

// forget makes a task no longer known as being done. The caller holds the lock.
func (q *Queue) forget(id int64) bool {
	a := q.active[id]
	if a == nil {
		return false
	}
	a.cancel(nil)
	close(a.over)
	delete(q.active, id)
	return true
}

// able are the names of the kinds of which a task may begin now.
func (q *Queue) able() (out []any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := map[string]bool{}
	for _, a := range q.active {
		at[a.kind] = true
	}
	for name, k := range q.kinds {
		if !k.Alone || !at[name] {
			out = append(out, name)
		}
	}
	return out
}

func marks(kinds []any) string {
	return `kind IN (` + strings.TrimSuffix(strings.Repeat("?,", len(kinds)), ",") + `)`
}

// nextText asks for the earliest time of a task of some kinds, or of a schedule.
func nextText(kinds []any) string {
	return `SELECT coalesce(min(t), 0) FROM (SELECT min(due) AS t FROM tasks WHERE state = 'waiting' AND ` + marks(kinds) + `
		UNION ALL SELECT min(next) FROM schedules WHERE next <> 0)`
}

// take marks the most urgent tasks as running; of a kind that is done alone, one.
func (q *Queue) take(ctx context.Context, w *writer, now time.Time, limit int) (out []queue.Task, err error) {
	var many []any
	for _, name := range q.able() {
		if !q.kinds[name.(string)].Alone { //nolint:forcetypeassert // able gives names
			many = append(many, name)
			continue
		}
		if err := q.takeOf(ctx, w, now, []any{name}, min(1, limit-len(out)), &out); err != nil {
			return nil, err
		}
	}
	if err := q.takeOf(ctx, w, now, many, limit-len(out), &out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b queue.Task) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func (q *Queue) takeOf(ctx context.Context, w *writer, now time.Time, kinds []any, limit int, out *[]queue.Task) error {
	text := `UPDATE tasks SET state = 'running', tries = tries + 1, begun = ?, ended = 0 WHERE id IN (
		SELECT id FROM tasks WHERE state = 'waiting' AND due <= ? AND ` + marks(kinds) + ` ORDER BY priority DESC, due, id LIMIT ?) RETURNING ` + columns
	args := append(append([]any{stamp(now), stamp(now)}, kinds...), limit)
	return w.each(ctx, text, args, func(row scanner) error {
		t, err := q.scanTask(row)
		*out = append(*out, t)
		return err
	})
}
