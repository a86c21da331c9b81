package assistant

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
)

// CompanionPatience is how long an answer waits for a companion that went away before it is marked interrupted.
const CompanionPatience = 2 * time.Minute

const (
	reconnectPause = time.Second     // between tries while the companion seems to be there
	stopPatience   = 3 * time.Second // for a runner to end a run that was stopped
	recentRuns     = 2 * time.Minute // an ended run can still be followed on from any delta
)

// pursue starts the run and takes in its deltas until it ends, through lost connections.
func (f *follower) pursue(ctx context.Context) {
	defer f.tellRunner(ctx)
	patience := time.NewTimer(CompanionPatience)
	defer patience.Stop()
	started, again := f.spec == nil, 1
	for !f.isOver() && ctx.Err() == nil {
		if f.turned() {
			f.goOn(ctx)
			started, again = false, 1
			continue
		}
		before, up := f.at(), f.a.companionUp()
		err := f.once(ctx, &started)
		if f.isOver() || ctx.Err() != nil {
			return
		}
		if f.turned() {
			continue
		}
		if f.at() > before {
			patience.Reset(CompanionPatience)
		}
		switch {
		case fault.CodeOf(err) == fault.NotFound && f.spec != nil && f.at() == f.record().Base && again > 0:
			started, again = false, again-1 // the companion was restarted before anything came: nothing is lost by asking again
		case f.waits(err):
			if !f.wait(ctx, up, patience) {
				return
			}
		default:
			f.fail(err)
		}
	}
}

// once starts the run if that was not done, and follows it as long as that goes.
func (f *follower) once(ctx context.Context, started *bool) error {
	r := f.a.runner(f.record().Where)
	if r == nil {
		return fault.New(fault.Unavailable, "kai is not connected")
	}
	if !*started {
		if err := r.Start(ctx, *f.spec); err != nil {
			return err
		}
		*started = true
	}
	rec := f.record()
	return r.Attach(ctx, rec.engineID(), f.at()-rec.Base, f.add)
}

// waits says whether err is a lost connection that may come back.
func (f *follower) waits(err error) bool {
	if f.record().Where != WhereKai {
		return false
	}
	switch fault.CodeOf(err) {
	case fault.Unavailable, fault.Timeout, fault.Canceled:
		return true
	}
	return false
}

// wait pauses until trying again makes sense; false when there is nothing left to try.
func (f *follower) wait(ctx context.Context, up <-chan struct{}, patience *time.Timer) bool {
	var soon <-chan time.Time
	if f.a.runner(WhereKai) != nil {
		soon = time.After(reconnectPause)
	}
	select {
	case <-up:
	case <-soon:
	case <-patience.C:
		f.finish(run.StateInterrupted, lostFault())
		return false
	case <-f.over:
		return false
	case <-ctx.Done():
		return false
	}
	return true
}

// fail ends the run for what a runner answered.
func (f *follower) fail(err error) {
	switch {
	case err == nil:
		f.finish(run.StateFailed, fault.New(fault.Malformed, "the answer ended without saying how").WithRemedy("try again"))
	case fault.CodeOf(err) == fault.NotFound:
		f.finish(run.StateInterrupted, interruptedFault())
	default:
		f.a.deps.Log.Warn("an answer failed", "run", f.id, "error", err)
		f.finish(run.StateFailed, fault.Public(err))
	}
}

func interruptedFault() *fault.Fault {
	return fault.New(fault.Unavailable, "kAI was closed while this answer was being made; what had arrived is kept").
		WithRemedy("try again to get a whole answer")
}

func lostFault() *fault.Fault {
	return fault.New(fault.Timeout, "kai went away and did not come back within %d minutes; what had arrived is kept",
		int(CompanionPatience.Minutes())).WithRemedy("start kai, then try again")
}

// tellRunner stops the run where it is made when its end was decided here, so that no model works for nobody.
func (f *follower) tellRunner(ctx context.Context) {
	f.mu.Lock()
	ours, state, abandoned := f.ours, f.rec.Body.State, f.abandoned
	f.mu.Unlock()
	if !ours || state == run.StateInterrupted {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	var err error = fault.New(fault.Unavailable, "kai is not connected")
	switch r := f.a.runner(f.record().Where); {
	case r == nil:
	case abandoned:
		err = f.forget(ctx, r)
	default:
		err = r.Stop(ctx, f.record().engineID())
	}
	if f.waits(err) {
		f.a.stopLater(f.record().engineID())
	}
}

// runners asks for both engines.
func (a *Assistant) runners() (here, companion run.Runner) {
	if a.deps.Runners == nil {
		return nil, nil
	}
	return a.deps.Runners()
}

func (a *Assistant) runner(where string) run.Runner {
	here, companion := a.runners()
	if where == WhereKai {
		return companion
	}
	return here
}
