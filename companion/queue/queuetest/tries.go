package queuetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

func urgentFirst(s *stage) {
	s.prepare(1, s.kind("k", nil))
	at := func(word string, priority int, in time.Duration) queue.Spec {
		out := spec(word)
		out.Priority, out.At = priority, time.Now().Add(in)
		return out
	}
	s.add(at("second", 0, 0), at("third", 0, 0), at("last", -1, 0), at("first", 1, 0), at("tomorrow", 100, 24*time.Hour))
	require.NoError(s, s.q.Start(s.Context()))
	assert.Equal(s, []string{"first", "second", "third", "last"}, s.said())
}

func knownKey(s *stage) {
	s.open(s.kind("k", nil), s.kind("other", nil))
	one := spec("one")
	one.Key = "this"
	first := s.add(one)[0]
	assert.Equal(s, first.ID, s.add(one)[0].ID)
	assert.Equal(s, queue.Done, s.get(first.ID).State)
	again := s.add(one, one, spec("two"))
	assert.Equal(s, []int64{first.ID, first.ID}, []int64{again[0].ID, again[1].ID})
	assert.Equal(s, queue.Done, again[0].State, "the task as it is")
	one.Kind = "other"
	assert.NotEqual(s, first.ID, s.add(one)[0].ID)
	assert.Equal(s, []string{"one", "two", "one"}, s.said())
}

func delayed(s *stage) {
	s.open(s.kind("k", nil))
	later := spec("later")
	later.At = time.Now().Add(90 * time.Minute)
	id := s.add(later)[0].ID
	s.pass(90*time.Minute - time.Second)
	assert.Empty(s, s.said())
	assert.Equal(s, queue.Waiting, s.get(id).State)
	s.pass(time.Second)
	assert.Equal(s, []string{"later"}, s.said())
}

func backsOff(s *stage) {
	var began []time.Duration
	start := time.Now()
	s.open(s.kind("k", func(_ context.Context, w *queue.Work) error {
		began = append(began, time.Since(start))
		if w.Task.Tries == 3 {
			return nil
		}
		return fault.New(fault.Unavailable, "nobody answers").WithRemedy("start it")
	}))
	id := s.add(spec("x"))[0].ID
	first := s.get(id)
	assert.Equal(s, []any{queue.Waiting, 1, 3}, []any{first.State, first.Tries, first.MaxTries})
	assert.Equal(s, []string{"nobody answers", "start it"}, []string{first.Fault.Message, first.Fault.Remedy})
	assert.Equal(s, time.Minute, first.Due.Sub(start).Round(time.Second))
	s.pass(4 * time.Minute)
	last := s.get(id)
	assert.Equal(s, []any{queue.Done, 3}, []any{last.State, last.Tries})
	assert.Nil(s, last.Fault)
	assert.Equal(s, []time.Duration{0, time.Minute, 3 * time.Minute}, rounded(began))
}

func rounded(times []time.Duration) (out []time.Duration) {
	for _, t := range times {
		out = append(out, t.Round(time.Second))
	}
	return out
}

func deadAndBack(s *stage) {
	var well atomic.Bool
	s.open(s.kind("k", func(context.Context, *queue.Work) error {
		if well.Load() {
			return nil
		}
		return errors.New("something with a secret")
	}))
	id := s.add(spec("x"))[0].ID
	s.pass(time.Hour)
	given := s.get(id)
	assert.Equal(s, []any{queue.Dead, 3}, []any{given.State, given.Tries})
	assert.NotContains(s, fmt.Sprint(given.Fault.Message, given.Fault.Remedy), "secret", "the log has it")
	assert.False(s, given.Ended.IsZero())
	well.Store(true)
	back, err := s.q.Retry(s.Context(), id)
	require.NoError(s, err)
	assert.Contains(s, []queue.State{queue.Waiting, queue.Running, queue.Done}, back.State)
	done := s.get(id)
	assert.Equal(s, []any{queue.Done, 1}, []any{done.State, done.Tries})
	assert.Nil(s, done.Fault)
}

func hopeless(s *stage) {
	s.open(s.kind("k", func(context.Context, *queue.Work) error { return fault.New(fault.NotFound, "no such model") }))
	id := s.add(spec("x"))[0].ID
	got := s.get(id)
	assert.Equal(s, []any{queue.Dead, 1, fault.NotFound}, []any{got.State, got.Tries, got.Fault.Code})
}

func waitsForTheVault(s *stage) {
	var open atomic.Bool
	s.open(s.kind("k", func(context.Context, *queue.Work) error {
		if !open.Load() {
			return fault.New(fault.Locked, "the vault is locked")
		}
		return nil
	}))
	id := s.add(spec("x"))[0].ID
	s.pass(2 * time.Hour)
	got := s.get(id)
	assert.Equal(s, []any{queue.Waiting, 0, "the vault is locked"}, []any{got.State, got.Tries, got.Fault.Message})
	open.Store(true)
	s.pass(queue.LockedPause)
	assert.Equal(s, queue.Done, s.get(id).State)
}

func panics(s *stage) {
	s.open(s.kind("k", func(_ context.Context, w *queue.Work) error {
		if w.Task.Tries == 1 {
			panic("mind the gap")
		}
		return nil
	}))
	id := s.add(spec("x"))[0].ID
	assert.Equal(s, fault.Internal, s.get(id).Fault.Code)
	s.pass(time.Minute)
	assert.Equal(s, queue.Done, s.get(id).State)
}

func timesOut(s *stage) {
	k, _ := s.held("k")
	k.Timeout = time.Second
	s.open(k)
	id := s.add(spec("x"))[0].ID
	s.pass(2 * time.Second)
	got := s.get(id)
	assert.Equal(s, []any{queue.Waiting, "the task took longer than it may"}, []any{got.State, got.Fault.Message})
}

func cancelWaiting(s *stage) {
	k, letGo := s.held("k")
	s.open(k)
	ids := s.add(spec("first"), spec("second"))
	s.said()
	got, err := s.q.Cancel(s.Context(), ids[1].ID)
	require.NoError(s, err)
	assert.Equal(s, queue.Canceled, got.State)
	letGo()
	assert.Equal(s, []string{"first"}, s.said())
	back, err := s.q.Retry(s.Context(), ids[1].ID)
	require.NoError(s, err)
	assert.False(s, back.Canceled)
	assert.Equal(s, []string{"first", "second"}, s.said())
}

func cancelRunning(s *stage) {
	k, letGo := s.held("k")
	s.open(k)
	id := s.add(spec("x"))[0].ID
	require.Equal(s, queue.Running, s.get(id).State)
	_, err := s.q.Cancel(s.Context(), id)
	require.NoError(s, err)
	got := s.get(id)
	assert.Equal(s, queue.Canceled, got.State)
	assert.Nil(s, got.Fault)
	letGo()
	s.add(spec("next"))
	assert.Equal(s, []string{"x", "next"}, s.said(), "its worker is free")
}

func endedStays(s *stage) {
	s.open(s.kind("k", nil))
	id := s.add(spec("x"))[0].ID
	s.said()
	_, err := s.q.Cancel(s.Context(), id)
	s.code(fault.Conflict, err)
	_, err = s.q.Retry(s.Context(), id)
	s.code(fault.Conflict, err)
	assert.Equal(s, queue.Done, s.get(id).State)
}

func missing(s *stage) {
	s.open(s.kind("k", nil))
	for name, ask := range map[string]func() error{
		"get":    func() error { _, err := s.q.Get(s.Context(), 7); return err },
		"retry":  func() error { _, err := s.q.Retry(s.Context(), 7); return err },
		"cancel": func() error { _, err := s.q.Cancel(s.Context(), 7); return err },
		"fire":   func() error { _, err := s.q.Fire(s.Context(), "nothing"); return err },
		"remove": func() error { return s.q.Remove(s.Context(), "nothing") },
	} {
		assert.Equal(s, fault.NotFound, fault.CodeOf(ask()), name)
	}
}

func refusals(s *stage) {
	s.open(s.kind("k", nil))
	for name, c := range map[string]struct {
		code fault.Code
		spec queue.Spec
	}{
		"an unknown kind":     {fault.Unsupported, queue.Spec{Kind: "other"}},
		"a body that is none": {fault.Invalid, queue.Spec{Kind: "k", Body: []byte(`{`)}},
		"a large body":        {fault.Exhausted, queue.Spec{Kind: "k", Body: make([]byte, queue.MaxBody+1)}},
		"a long key":          {fault.Invalid, queue.Spec{Kind: "k", Key: string(make([]byte, queue.MaxKey+1))}},
		"too urgent":          {fault.Invalid, queue.Spec{Kind: "k", Priority: queue.MaxPriority + 1}},
	} {
		_, err := s.q.Add(s.Context(), spec("x"), c.spec)
		assert.Equal(s, c.code, fault.CodeOf(err), name)
	}
	assert.Empty(s, s.list(queue.Filter{}))
	for _, f := range []queue.Filter{{State: "lost"}, {Limit: -1}, {Limit: queue.MaxList + 1}} {
		_, err := s.q.List(s.Context(), f)
		s.code(fault.Invalid, err)
	}
}

func bounded(s *stage) {
	var now, most atomic.Int64
	s.openWith(3, s.kind("k", func(context.Context, *queue.Work) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(time.Second) //nolint:forbidigo // in synctest it is the clock
		now.Add(-1)
		return nil
	}))
	for range 20 {
		s.add(spec("x"))
	}
	s.pass(time.Minute)
	assert.Len(s, s.said(), 20)
	assert.EqualValues(s, 3, most.Load())
}

func crowd(s *stage) {
	s.openWith(8, s.kind("k", nil))
	const people, each = 10, 50
	wait := make(chan error, people)
	for n := range people {
		go func() {
			var err error
			for i := range each {
				_, e := s.q.Add(s.Context(), spec(fmt.Sprintf("%d-%d", n, i)))
				err = errors.Join(err, e)
			}
			wait <- err
		}()
	}
	for range people {
		require.NoError(s, <-wait)
	}
	synctest.Wait()
	once := map[string]int{}
	for _, word := range s.said() {
		once[word]++
	}
	assert.Len(s, once, people*each)
	assert.Len(s, s.said(), people*each)
	n, err := s.q.Count(s.Context())
	require.NoError(s, err)
	assert.Equal(s, map[queue.State]int{queue.Done: people * each}, n)
}

func alone(s *stage) {
	single, letGo := s.held("k")
	single.Alone = true
	s.openWith(4, single, s.kind("other", nil))
	first := s.add(spec("1"), spec("2"), spec("3"), queue.Spec{Kind: "other", Body: []byte(`"other"`)})
	assert.Equal(s, queue.Done, s.get(first[3].ID).State)
	assert.Equal(s, []queue.State{queue.Running, queue.Waiting}, []queue.State{s.get(first[0].ID).State, s.get(first[1].ID).State})
	s.pass(time.Hour)
	assert.Len(s, s.said(), 2, "an hour brings no second one")
	letGo()
	assert.Equal(s, queue.Done, s.get(first[2].ID).State)
	assert.Equal(s, []string{"1", "other", "2", "3"}, s.said())
}
