package run

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Forget erases runs here and in the journal, for a person who deletes what they are part of. One that goes on is stopped
// first. What is not known is no mistake: it is gone.
func (e *Engine) Forget(ctx context.Context, ids ...string) error {
	known, err := e.settle(ctx, ids)
	if err != nil || len(known) == 0 {
		return err
	}
	if err := e.journal.Forget(ctx, known...); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "the journal of runs could not forget").WithRemedy("try again")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range known {
		e.dropLocked(id)
	}
	return nil
}

// settle ends those of the runs that go on, waits until their savers have written the last of them, so that nothing is
// written after they were erased, and gives those that are known.
func (e *Engine) settle(ctx context.Context, ids []string) (known []string, err error) {
	var going []*live
	e.mu.Lock()
	for _, id := range ids {
		r := e.runs[id]
		if _, kept := e.kept[id]; kept || r != nil {
			known = append(known, id)
		}
		if r != nil {
			going = append(going, r)
		}
	}
	e.mu.Unlock()
	for _, r := range going {
		r.end(StateStopped, nil, service.ChatResult{}, e.opt.Now()) // one that has ended stays as it is
		r.cancel()
		select {
		case <-r.settled:
		case <-ctx.Done():
			return nil, fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "a run is still being saved")
		}
	}
	return known, nil
}
