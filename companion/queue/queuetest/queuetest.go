// Package queuetest is what every queue is held to. Time is that of testing/synctest: days pass in no time.
//
// Imports companion/queue, companion/store/killtest, shared/fault, testify and the standard library; only tests import it.
package queuetest

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// Options say how a queue under test is to work.
type Options struct {
	Kinds   []queue.Kind
	Workers int
	Now     func() time.Time
	Log     *slog.Logger
}

// Open opens the queue of a place: a path that nothing is at yet, or that an earlier queue was closed at.
type Open func(ctx context.Context, place string, o Options) (queue.Queue, error)

// Run holds a queue to the contract.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*stage){
		"the urgent first, then the earlier":                urgentFirst,
		"a known key is the task that has it":               knownKey,
		"later is not before its time":                      delayed,
		"a failing task is tried again, each time later":    backsOff,
		"a task that was given up can be tried again":       deadAndBack,
		"what no try can help is given up at once":          hopeless,
		"a task waits for the vault":                        waitsForTheVault,
		"a panic is a failed try":                           panics,
		"a try that takes too long has failed":              timesOut,
		"a waiting task is canceled":                        cancelWaiting,
		"a running task is canceled":                        cancelRunning,
		"an ended task is neither canceled nor tried again": endedStays,
		"what is not there":                                 missing,
		"wrong tasks are refused, with their whole batch":   refusals,
		"progress and notes":                                progressAndNotes,
		"what runs when the queue closes begins anew":       beginsAnew,
		"draining waits for what runs, and begins nothing":  drains,
		"everything is there after closing":                 reopened,
		"no more at once than workers":                      bounded,
		"many at once are each done once":                   crowd,
		"a kind that is done alone leaves room for others":  alone,
		"lists":                                             lists,
		"old tasks are swept":                               sweeps,
		"a kind is forgotten":                               forgets,
		"a closed queue says so":                            closedSays,
		"a schedule adds its tasks in time":                 scheduled,
		"missed times are made up for once":                 missed,
		"a schedule waits for its last task":                overlapping,
		"a schedule is replaced, fired by hand and removed": replaced,
		"wrong schedules are refused":                       wrongSchedules,
		"a kind that is not known any more waits":           laterKind,
	} {
		t.Run(name, func(t *testing.T) {
			place := filepath.Join(t.TempDir(), "tasks.db")
			synctest.Test(t, func(t *testing.T) {
				s := &stage{T: t, opener: open, place: place}
				test(s)
				s.shut()
			})
		})
	}
}

// stage is a queue with what a test wants of it.
type stage struct {
	*testing.T
	opener Open
	place  string
	q      queue.Queue

	mu   sync.Mutex
	done []string // what handlers have said, in order
}

// kind is one whose tasks say their body and then do something.
func (s *stage) kind(name string, do func(ctx context.Context, w *queue.Work) error) queue.Kind {
	return queue.Kind{Name: name, Pause: time.Minute, Tries: 3, Do: func(ctx context.Context, w *queue.Work) error {
		var say string
		if err := w.Decode(&say); err != nil {
			return err
		}
		s.say(say)
		if do == nil {
			return nil
		}
		return do(ctx, w)
	}}
}

func (s *stage) say(word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, word)
}

// said is what was said, after everything that can happen now has happened.
func (s *stage) said() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.done...)
}

// open opens the place with one worker, and starts the queue.
func (s *stage) open(kinds ...queue.Kind) { s.openWith(1, kinds...) }

func (s *stage) openWith(workers int, kinds ...queue.Kind) {
	s.Helper()
	s.prepare(workers, kinds...)
	require.NoError(s, s.q.Start(s.Context()))
}

// prepare opens it and does not start it.
func (s *stage) prepare(workers int, kinds ...queue.Kind) {
	s.Helper()
	q, err := s.opener(s.Context(), s.place, Options{Kinds: kinds, Workers: workers, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(s, err)
	s.q = q
}

func (s *stage) shut() {
	s.Helper()
	if s.q == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(s, s.q.Close(ctx))
	s.q = nil
}

// spec is a task of kind k that says a word.
func spec(word string) queue.Spec { return queue.Spec{Kind: "k", Body: []byte(`"` + word + `"`)} }

func (s *stage) add(specs ...queue.Spec) []queue.Task {
	s.Helper()
	out, err := s.q.Add(s.Context(), specs...)
	require.NoError(s, err)
	require.Len(s, out, len(specs))
	return out
}

func (s *stage) get(id int64) queue.Task {
	s.Helper()
	synctest.Wait()
	t, err := s.q.Get(s.Context(), id)
	require.NoError(s, err)
	return t
}

func (s *stage) list(f queue.Filter) []queue.Task {
	s.Helper()
	synctest.Wait()
	out, err := s.q.List(s.Context(), f)
	require.NoError(s, err)
	return out
}

// pass lets time pass.
func (s *stage) pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // in synctest it is the clock
	synctest.Wait()
}

func (s *stage) code(want fault.Code, err error) {
	s.Helper()
	require.Error(s, err)
	require.Equal(s, want, fault.CodeOf(err), err.Error())
}

// held is a kind whose tasks wait until they are let go; words of tasks that have begun come out of begun.
func (s *stage) held(name string) (k queue.Kind, letGo func()) {
	gate := make(chan struct{})
	return s.kind(name, func(ctx context.Context, _ *queue.Work) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}), func() { close(gate) }
}
