package runtime

import (
	"context"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// mostSteps is how many steps wait for kai; the oldest go first.
const mostSteps = 32

// steps are what this program did for traces, on their way to kai, which shows them. Without kai nobody does.
type steps struct {
	rings chan struct{}

	mu      sync.Mutex // guards waiting
	waiting []protocol.Step
}

// note notes what was done in ctx's name. It never waits.
func (s *steps) note(ctx context.Context, name string, began, now time.Time, err error) {
	trace := protocol.TraceOf(ctx)
	if trace == "" {
		return
	}
	step := protocol.Step{Trace: trace, Name: name, At: began.UnixMilli(), Took: now.Sub(began).Microseconds()}
	if err != nil {
		step.Fault = string(fault.CodeOf(err))
	}
	s.mu.Lock()
	if len(s.waiting) == mostSteps {
		s.waiting = s.waiting[1:]
	}
	s.waiting = append(s.waiting, step)
	s.mu.Unlock()
	select {
	case s.rings <- struct{}{}:
	default:
	}
}

// take gives those that wait.
func (s *steps) take() []protocol.Step {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.waiting
	s.waiting = nil
	return out
}

// Wrote tells of a batch of the store, for the trace that it was written for.
func (r *Runtime) Wrote(ctx context.Context, began time.Time, err error) {
	r.companion.steps.note(ctx, protocol.StepBatch, began, r.deps.Now(), err)
}
