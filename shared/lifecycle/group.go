package lifecycle

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// Step is a part that is started and stopped. Needs are the steps that must be up before it. Start and Stop may be nil.
// Start returns when the step works; what it leaves running it ends in Stop.
type Step struct {
	Name     string
	Needs    []string
	Optional bool
	Start    func(ctx context.Context) error
	Stop     func(ctx context.Context) error
}

// Group starts steps, those that others need first, and stops them in reverse. An optional step that fails is reported
// and left out, with the optional steps that need it; a needed one that fails takes back the whole start.
type Group struct {
	now   func() time.Time
	steps []Step // in starting order

	mu       sync.Mutex // guards all below
	state    State
	status   map[string]*Status
	cancel   context.CancelFunc // ends a start that is under way
	settled  chan struct{}      // closed when a start that is under way has ended, undo included
	finished chan struct{}      // closed at Terminated or Failed
	broken   chan struct{}      // closed when a needed step fails
	err      error
}

// NewGroup puts steps in order. It refuses a step without a name, a name twice, an unknown or circular need, and a needed
// step that needs an optional one.
func NewGroup(now func() time.Time, steps ...Step) (*Group, error) {
	ordered, err := order(steps)
	if err != nil {
		return nil, err
	}
	g := &Group{now: now, steps: ordered, state: New, status: map[string]*Status{},
		finished: make(chan struct{}), broken: make(chan struct{})}
	for _, s := range ordered {
		g.status[s.Name] = &Status{Name: s.Name, Optional: s.Optional, State: Waiting}
	}
	return g, nil
}

// Start brings every step up and returns when all are, or after it has taken back a start that failed. It works once.
func (g *Group) Start(ctx context.Context) error {
	ctx, err := g.enter(ctx)
	if err != nil {
		return err
	}
	defer close(g.settled)
	defer g.cancel()
	for _, s := range g.steps {
		if err := g.startStep(ctx, s); err != nil {
			return g.undo(ctx, s, err)
		}
	}
	return g.arrive(ctx)
}

// enter moves from New to Starting.
func (g *Group) enter(ctx context.Context) (context.Context, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state != New {
		return nil, fault.New(fault.Conflict, "it cannot be started, it is %s", g.state)
	}
	ctx, g.cancel = context.WithCancel(ctx)
	g.state, g.settled = Starting, make(chan struct{})
	return ctx, nil
}

// arrive moves from Starting to Running, unless Stop came in between.
func (g *Group) arrive(ctx context.Context) error {
	g.mu.Lock()
	if ctx.Err() == nil {
		g.state = Running
		g.mu.Unlock()
		return nil
	}
	g.mu.Unlock()
	return g.undo(ctx, Step{}, ctx.Err())
}

// startStep brings one step up. The error of an optional step stays in its status.
func (g *Group) startStep(ctx context.Context, s Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if missing := g.missing(s); missing != "" { // only an optional step can need one that is not up
		g.note(s.Name, Degraded, fault.New(fault.Unavailable, "it needs %s, which is not there", missing), 0)
		return nil
	}
	g.note(s.Name, Coming, nil, 0)
	began := g.now()
	err := call(ctx, s.Name, s.Start)
	took := g.now().Sub(began)
	switch {
	case err == nil:
		g.note(s.Name, Up, nil, took)
	case ctx.Err() != nil:
		g.note(s.Name, Down, err, took)
	case s.Optional:
		g.note(s.Name, Degraded, err, took)
		return nil
	default:
		g.note(s.Name, Broken, err, took)
	}
	return err
}

// missing names a need of s that is not up.
func (g *Group) missing(s Step) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, need := range s.Needs {
		if g.status[need].State != Up {
			return need
		}
	}
	return ""
}

func (g *Group) note(name string, state StepState, err error, took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	st := g.status[name]
	st.State, st.Err = state, err
	if took > 0 {
		st.Took = took
	}
}

// undo stops what a failed start had brought up. The context may have ended, so the stops get one that has not.
func (g *Group) undo(ctx context.Context, s Step, cause error) error {
	g.mu.Lock()
	g.state = Stopping
	g.mu.Unlock()
	err := cause
	if s.Name != "" {
		err = named(s.Name, "did not start", cause)
	}
	err = errors.Join(err, g.stopSteps(context.WithoutCancel(ctx)))
	g.finish(Failed, err)
	return err
}

// named says which step it was, with the cause's public words and remedy; the cause itself stays inside.
func named(step, what string, cause error) error {
	public := fault.Public(cause)
	out := fault.Wrap(public.Code, cause, step+" "+what+": "+public.Message)
	out.Remedy = public.Remedy
	return out
}

func call(ctx context.Context, name string, do func(context.Context) error) error {
	if do == nil {
		return nil
	}
	return Guard(name, func() error { return do(ctx) })
}
