// Package runtest is the whole test of a Runner and of a Journal, with the parts that such tests need: a gateway whose
// answers the test speaks word by word, and a journal in memory.
//
// Imports shared/{run,service,fault} and the standard library.
package runtest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

// Journal keeps runs in memory, as bytes, so that what a caller changes later does not change it.
type Journal struct {
	mu    sync.Mutex
	runs  map[string][]byte
	saves int
	fail  error
}

// NewJournal makes an empty journal.
func NewJournal() *Journal { return &Journal{runs: map[string][]byte{}} }

// Fail makes every later Save answer err; nil ends that.
func (j *Journal) Fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fail = err
}

// Saves is how often something was saved.
func (j *Journal) Saves() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.saves
}

// Save keeps a run.
func (j *Journal) Save(_ context.Context, s run.Saved) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.saves++
	if j.fail != nil {
		return j.fail
	}
	j.runs[s.Spec.ID] = raw
	return nil
}

// Load returns a run.
func (j *Journal) Load(_ context.Context, id string) (s run.Saved, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	raw, ok := j.runs[id]
	if !ok {
		return s, fault.New(fault.NotFound, "there is no run %q here", id)
	}
	return s, json.Unmarshal(raw, &s)
}

// All returns every run.
func (j *Journal) All(ctx context.Context) (all []run.Saved, err error) {
	j.mu.Lock()
	ids := make([]string, 0, len(j.runs))
	for id := range j.runs {
		ids = append(ids, id)
	}
	j.mu.Unlock()
	slices.Sort(ids)
	for _, id := range ids {
		s, err := j.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// Forget removes runs.
func (j *Journal) Forget(_ context.Context, ids ...string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range ids {
		delete(j.runs, id)
	}
	return nil
}

// RunJournal holds a journal to what every journal promises.
func RunJournal(t *testing.T, open func(t testing.TB) run.Journal) {
	stats := run.Stats{Tokens: 3, Reason: "stop"}
	whole := run.Saved{
		Spec: run.Spec{ID: "a", Service: service.Spec{Kind: "ollama", URL: "http://localhost"}, Chat: service.ChatRequest{Model: "m"}}, State: run.StateDone,
		Delta: run.Delta{N: 4, Text: "Hello \u4e16", Thinking: "hm", ToolCalls: []service.ToolCall{{Name: "f", Arguments: "{}"}}, State: run.StateDone, Fault: fault.New(fault.Internal, "x"), Stats: &stats},
		Marks: []byte{1, 0, 255}, At: 1234,
	}
	t.Run("what was saved last is loaded", func(t *testing.T) {
		j := open(t)
		check(t, j.Save(t.Context(), run.Saved{Spec: whole.Spec, State: run.StateRunning}))
		check(t, j.Save(t.Context(), whole))
		got, err := j.Load(t.Context(), "a")
		check(t, err)
		if !reflect.DeepEqual(got, whole) {
			t.Fatalf("got  %+v\nwant %+v", got, whole)
		}
	})
	t.Run("all are listed, over many pages", func(t *testing.T) {
		j := open(t)
		for i := range 450 {
			check(t, j.Save(t.Context(), run.Saved{Spec: run.Spec{ID: fmt.Sprint("run-", i)}}))
		}
		all, err := j.All(t.Context())
		check(t, err)
		if len(all) != 450 {
			t.Fatalf("%d of 450", len(all))
		}
	})
	t.Run("what was forgotten is gone", func(t *testing.T) {
		j := open(t)
		check(t, j.Save(t.Context(), whole))
		many := []string{"a", "never-there"}
		for i := range 1200 {
			many = append(many, fmt.Sprint("run-", i))
		}
		check(t, j.Save(t.Context(), run.Saved{Spec: run.Spec{ID: "run-1100"}}))
		check(t, j.Forget(t.Context(), many...))
		check(t, j.Forget(t.Context()))
		all, err := j.All(t.Context())
		check(t, err)
		if _, err := j.Load(t.Context(), "a"); fault.CodeOf(err) != fault.NotFound || len(all) != 0 {
			t.Fatalf("%v, %v", all, err)
		}
	})
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
