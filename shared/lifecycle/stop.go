package lifecycle

import (
	"context"
	"errors"

	"github.com/kindos/kai/shared/fault"
)

// Stop takes down what is up, in reverse, and returns when that is done or ctx ends. During a start it ends the start
// first. It may be called at any time and again; a later call waits for the first and answers the same.
func (g *Group) Stop(ctx context.Context) error {
	g.mu.Lock()
	switch g.state {
	case New:
		g.mu.Unlock()
		g.finish(Terminated, nil)
	case Starting:
		g.cancel()
		settled := g.settled
		g.mu.Unlock()
		return g.stopAfter(ctx, settled)
	case Running:
		g.state = Stopping
		g.mu.Unlock()
		g.stopRunning(ctx)
	default:
		g.mu.Unlock()
	}
	return g.wait(ctx)
}

// stopAfter waits for a start to end. The start has undone itself, unless it had just arrived.
func (g *Group) stopAfter(ctx context.Context, settled <-chan struct{}) error {
	select {
	case <-settled:
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "a step is still starting")
	}
	g.mu.Lock()
	arrived := g.state == Running
	g.mu.Unlock()
	if arrived {
		return g.Stop(ctx)
	}
	return nil // the start's caller has been told why it failed
}

func (g *Group) stopRunning(ctx context.Context) {
	if err := g.stopSteps(ctx); err != nil {
		g.finish(Failed, err)
		return
	}
	g.finish(Terminated, nil)
}

// stopSteps stops every step that is up, last first, and tries each even when others fail.
func (g *Group) stopSteps(ctx context.Context) error {
	var errs []error
	for i := len(g.steps) - 1; i >= 0; i-- {
		s := g.steps[i]
		if !g.started(s.Name) {
			continue
		}
		err := call(ctx, s.Name, s.Stop)
		g.note(s.Name, Down, err, 0)
		if err != nil {
			errs = append(errs, named(s.Name, "did not stop", err))
		}
	}
	return errors.Join(errs...)
}

// started says whether a step holds anything: it is up, or it was and failed since.
func (g *Group) started(name string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.status[name]
	return st.State == Up || ((st.State == Degraded || st.State == Broken) && errors.As(st.Err, new(*lateFailure)))
}

// finish moves to an end state; only the first call counts.
func (g *Group) finish(state State, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == Terminated || g.state == Failed {
		return
	}
	g.state, g.err = state, err
	close(g.finished)
}

func (g *Group) wait(ctx context.Context) error {
	select {
	case <-g.finished:
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.err
	default:
	}
	select {
	case <-g.finished:
		return g.wait(ctx)
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "a step is still stopping")
	}
}

// lateFailure marks an error that came while the step was up.
type lateFailure struct{ cause error }

// Error gives the cause's text.
func (f *lateFailure) Error() string { return f.cause.Error() }

// Unwrap gives the cause.
func (f *lateFailure) Unwrap() error { return f.cause }

// Fail reports that a step which was up has failed: an optional one degrades, a needed one breaks the group (see
// Broken). Its Stop is still called in its turn.
func (g *Group) Fail(name string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.status[name]
	if st == nil || st.State != Up || err == nil {
		return
	}
	st.Err, st.State = &lateFailure{err}, Degraded
	if st.Optional {
		return
	}
	st.State = Broken
	select {
	case <-g.broken:
	default:
		close(g.broken)
	}
}

// Broken is closed when a needed step fails while it is up; the owner then calls Stop.
func (g *Group) Broken() <-chan struct{} { return g.broken }

// Done is closed when the group has terminated or failed.
func (g *Group) Done() <-chan struct{} { return g.finished }

// State answers where the group is.
func (g *Group) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

// Status answers how each step is doing, in starting order.
func (g *Group) Status() []Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]Status, len(g.steps))
	for i, s := range g.steps {
		out[i] = *g.status[s.Name]
	}
	return out
}
