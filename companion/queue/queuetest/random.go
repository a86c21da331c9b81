package queuetest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// RunRandom plays random calls against a queue that does nothing meanwhile, and against a map; both agree after each, also
// after closing and opening.
func RunRandom(t *testing.T, open Open) {
	t.Helper()
	nothing := queue.Kind{Name: "k", Do: func(context.Context, *queue.Work) error { return nil }}
	options := Options{Kinds: []queue.Kind{nothing}, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	dir, runs := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		m := &model{place: filepath.Join(dir, fmt.Sprint(runs)), tasks: map[int64]queue.Task{}, keys: map[string]int64{}, given: map[int64]bool{}}
		m.open = func() {
			var err error
			m.q, err = open(context.Background(), m.place, options)
			require.NoError(t, err)
		}
		m.open()
		t.Repeat(map[string]func(*rapid.T){
			"add": m.add, "cancel": m.cancel, "retry": m.retry, "sweep": m.sweep, "reopen": m.reopen, "": m.agree,
		})
		require.NoError(t, m.q.Close(context.Background()))
	})
}

// model is what a queue ought to hold.
type model struct {
	place string
	open  func()
	q     queue.Queue
	tasks map[int64]queue.Task
	keys  map[string]int64
	given map[int64]bool // ids
}

// some draws the id of a task, of one that is gone, or of one that never was.
func (m *model) some(t *rapid.T) int64 {
	return rapid.Int64Range(0, int64(len(m.tasks))+3).Draw(t, "id")
}

func (m *model) add(t *rapid.T) {
	var specs []queue.Spec
	for range rapid.IntRange(1, 3).Draw(t, "tasks") {
		specs = append(specs, queue.Spec{
			Kind: "k", Body: fmt.Appendf(nil, "%d", rapid.IntRange(0, 9).Draw(t, "body")),
			Key: rapid.SampledFrom([]string{"", "", "a", "b", "c"}).Draw(t, "key"), Priority: rapid.IntRange(-2, 2).Draw(t, "priority"),
		})
	}
	got, err := m.q.Add(context.Background(), specs...)
	require.NoError(t, err)
	for i, s := range specs {
		if id, known := m.keys[s.Key]; known && s.Key != "" {
			require.Equal(t, id, got[i].ID)
			continue
		}
		require.False(t, m.given[got[i].ID], "an id is never given twice")
		m.given[got[i].ID] = true
		m.tasks[got[i].ID] = queue.Task{ID: got[i].ID, State: queue.Waiting, Body: s.Body, Key: s.Key, Priority: s.Priority}
		m.keys[s.Key] = got[i].ID
	}
}

func (m *model) cancel(t *rapid.T) {
	m.change(t, m.some(t), m.q.Cancel, []queue.State{queue.Waiting}, queue.Canceled)
}

func (m *model) retry(t *rapid.T) {
	m.change(t, m.some(t), m.q.Retry, []queue.State{queue.Waiting, queue.Canceled}, queue.Waiting)
}

func (m *model) change(t *rapid.T, id int64, do func(context.Context, int64) (queue.Task, error), from []queue.State, to queue.State) {
	_, err := do(context.Background(), id)
	held, known := m.tasks[id]
	switch {
	case !known:
		require.Equal(t, fault.NotFound, fault.CodeOf(err))
	case !slices.Contains(from, held.State):
		require.Equal(t, fault.Conflict, fault.CodeOf(err))
	default:
		require.NoError(t, err)
		held.State = to
		m.tasks[id] = held
	}
}

func (m *model) sweep(t *rapid.T) {
	soon := time.Now().Add(time.Minute)
	n, err := m.q.Sweep(context.Background(), queue.Old{Ended: soon, Dead: soon})
	require.NoError(t, err)
	for id, held := range m.tasks {
		if held.State == queue.Canceled {
			n--
			delete(m.tasks, id)
			delete(m.keys, held.Key)
		}
	}
	require.Zero(t, n, "as many as were swept")
}

func (m *model) reopen(t *rapid.T) {
	require.NoError(t, m.q.Close(context.Background()))
	m.open()
}

// agree compares everything.
func (m *model) agree(t *rapid.T) {
	all, err := m.q.List(context.Background(), queue.Filter{})
	require.NoError(t, err)
	want := slices.Sorted(maps.Keys(m.tasks))
	slices.Reverse(want)
	require.Len(t, all, len(want))
	for i, got := range all {
		got = queue.Task{ID: got.ID, State: got.State, Body: got.Body, Key: got.Key, Priority: got.Priority}
		require.Equal(t, m.tasks[want[i]], got)
	}
}
