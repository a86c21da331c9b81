package queuetest

import (
	"context"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

func progressAndNotes(s *stage) {
	type note struct{ At int }
	gate := make(chan struct{})
	var found []any
	s.open(s.kind("k", func(ctx context.Context, w *queue.Work) error {
		var before note
		found = append(found, w.Noted(&before), before.At)
		if w.Task.Tries == 1 {
			w.Progress("reading", 3, 10)
			<-gate
			if err := w.Note(ctx, note{3}); err != nil {
				return err
			}
			return fault.New(fault.Unavailable, "not now")
		}
		return w.Note(ctx, make([]byte, queue.MaxNote))
	}))
	id := s.add(spec("x"))[0].ID
	assert.Equal(s, &queue.Progress{What: "reading", Done: 3, Total: 10}, s.get(id).Progress)
	close(gate)
	waiting := s.get(id)
	assert.JSONEq(s, `{"At":3}`, string(waiting.Note))
	assert.Nil(s, waiting.Progress)
	s.pass(time.Minute)
	assert.Equal(s, []any{false, 0, true, 3}, found)
	assert.Equal(s, fault.Exhausted, s.get(id).Fault.Code, "a note has its size")
}

func beginsAnew(s *stage) {
	k, letGo := s.held("k")
	s.open(k)
	id := s.add(spec("x"))[0].ID
	require.Equal(s, queue.Running, s.get(id).State)
	s.shut()
	s.prepare(1, k)
	got := s.get(id)
	assert.Equal(s, []any{queue.Waiting, 0}, []any{got.State, got.Tries}, "being closed is no try")
	letGo()
	require.NoError(s, s.q.Start(s.Context()))
	assert.Equal(s, []string{"x", "x"}, s.said())
	assert.Equal(s, queue.Done, s.get(id).State)
}

func drains(s *stage) {
	k, letGo := s.held("k")
	s.open(k)
	ids := s.add(spec("first"), spec("second"))
	s.said()
	drained := make(chan struct{})
	go func() { defer close(drained); s.q.Drain(s.Context()) }()
	synctest.Wait()
	select {
	case <-drained:
		s.Fatal("it did not wait")
	default:
	}
	letGo()
	<-drained
	assert.Equal(s, queue.Done, s.get(ids[0].ID).State)
	assert.Equal(s, queue.Waiting, s.get(ids[1].ID).State)
	late, cancel := context.WithCancel(s.Context())
	cancel()
	s.q.Drain(late) // bounded, and again
}

func reopened(s *stage) {
	fails := s.kind("fails", func(context.Context, *queue.Work) error { return fault.New(fault.Invalid, "no") })
	s.open(s.kind("k", nil), fails)
	done := spec("done")
	done.Key, done.Priority = "key", 5
	later := spec("later")
	later.At = time.Now().Add(time.Hour)
	dead := spec("dead")
	dead.Kind = "fails"
	s.add(done, later, dead)
	_, err := s.q.Put(s.Context(), queue.Schedule{Name: "daily", When: "0 8 * * *", Kind: "k", Body: []byte(`"daily"`)})
	require.NoError(s, err)
	before := s.list(queue.Filter{})
	planned, err := s.q.Schedules(s.Context())
	require.NoError(s, err)
	s.shut()
	s.open(s.kind("k", nil), fails)
	assert.Equal(s, before, s.list(queue.Filter{}))
	after, err := s.q.Schedules(s.Context())
	require.NoError(s, err)
	assert.Equal(s, planned, after)
	s.pass(time.Hour)
	assert.Equal(s, []string{"done", "dead", "later"}, s.said())
}

func lists(s *stage) {
	s.open(s.kind("k", nil), s.kind("other", nil))
	for range 3 {
		s.add(spec("x"), queue.Spec{Kind: "other", Body: []byte(`"y"`), At: time.Now().Add(time.Hour)})
	}
	ids := func(f queue.Filter) (out []int64) {
		for _, t := range s.list(f) {
			out = append(out, t.ID)
		}
		return out
	}
	all := ids(queue.Filter{})
	require.Len(s, all, 6)
	assert.IsDecreasing(s, all)
	assert.Equal(s, all[:2], ids(queue.Filter{Limit: 2}))
	assert.Equal(s, all[2:4], ids(queue.Filter{Limit: 2, Before: all[1]}))
	assert.Equal(s, ids(queue.Filter{Kind: "k"}), ids(queue.Filter{State: queue.Done}))
	assert.Equal(s, ids(queue.Filter{Kind: "other"}), ids(queue.Filter{State: queue.Waiting}))
	assert.Empty(s, ids(queue.Filter{Kind: "k", State: queue.Dead}))
}

func sweeps(s *stage) {
	fails := s.kind("fails", func(context.Context, *queue.Work) error { return fault.New(fault.Invalid, "no") })
	s.open(s.kind("k", nil), fails)
	dead := spec("dead")
	dead.Kind = "fails"
	later := spec("later")
	later.At = time.Now().Add(100 * time.Hour)
	s.add(spec("old"), dead, later)
	s.pass(10 * time.Hour)
	s.add(spec("new"))
	s.said()
	sweep := func(ended, dead time.Duration) int {
		n, err := s.q.Sweep(s.Context(), queue.Old{Ended: time.Now().Add(-ended), Dead: time.Now().Add(-dead)})
		require.NoError(s, err)
		return n
	}
	assert.Equal(s, 0, sweep(11*time.Hour, 11*time.Hour))
	assert.Equal(s, 1, sweep(5*time.Hour, 11*time.Hour))
	assert.Equal(s, 1, sweep(5*time.Hour, 5*time.Hour))
	assert.Len(s, s.list(queue.Filter{}), 2)
}

func forgets(s *stage) {
	k, _ := s.held("k")
	s.open(k, s.kind("other", nil))
	s.add(spec("running"), spec("waiting"), queue.Spec{Kind: "other", Body: []byte(`"kept"`)})
	for _, kind := range []string{"k", "other"} {
		_, err := s.q.Put(s.Context(), queue.Schedule{Name: kind, When: "@daily", Kind: kind})
		require.NoError(s, err)
	}
	s.said()
	require.NoError(s, s.q.Forget(s.Context(), "k"))
	s.pass(time.Second) // a store may have waited for a lock
	assert.Equal(s, []string{"running", "kept"}, s.said())
	left := s.list(queue.Filter{})
	require.Len(s, left, 1)
	assert.Equal(s, "other", left[0].Kind)
	planned, err := s.q.Schedules(s.Context())
	require.NoError(s, err)
	require.Len(s, planned, 1)
	assert.Equal(s, "other", planned[0].Name)
}

func closedSays(s *stage) {
	s.open(s.kind("k", nil))
	q := s.q
	s.shut()
	require.NoError(s, q.Close(s.Context()), "twice is once")
	for name, ask := range map[string]func() error{
		"add":    func() error { _, err := q.Add(s.Context(), spec("x")); return err },
		"get":    func() error { _, err := q.Get(s.Context(), 1); return err },
		"list":   func() error { _, err := q.List(s.Context(), queue.Filter{}); return err },
		"count":  func() error { _, err := q.Count(s.Context()); return err },
		"retry":  func() error { _, err := q.Retry(s.Context(), 1); return err },
		"cancel": func() error { _, err := q.Cancel(s.Context(), 1); return err },
		"sweep":  func() error { _, err := q.Sweep(s.Context(), queue.Old{}); return err },
		"forget": func() error { return q.Forget(s.Context(), "k") },
		"put": func() error {
			_, err := q.Put(s.Context(), queue.Schedule{Name: "a", When: "@daily", Kind: "k"})
			return err
		},
		"schedules": func() error { _, err := q.Schedules(s.Context()); return err },
		"remove":    func() error { return q.Remove(s.Context(), "a") },
		"fire":      func() error { _, err := q.Fire(s.Context(), "a"); return err },
		"start":     func() error { return q.Start(s.Context()) },
	} {
		assert.Equal(s, fault.Unavailable, fault.CodeOf(ask()), name)
	}
}

func laterKind(s *stage) {
	s.open(s.kind("k", nil), s.kind("newer", nil))
	newer := queue.Spec{Kind: "newer", Body: []byte(`"newer"`), At: time.Now().Add(time.Hour)}
	id := s.add(newer)[0].ID
	s.shut()
	s.open(s.kind("k", nil))
	s.pass(2 * time.Hour)
	assert.Equal(s, queue.Waiting, s.get(id).State)
	s.add(spec("x"))
	assert.Equal(s, []string{"x"}, s.said())
	s.shut()
	s.open(s.kind("newer", nil))
	assert.Equal(s, []string{"x", "newer"}, s.said())
}
