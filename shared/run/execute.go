package run

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sort"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// saveWithin bounds one save that no caller waits for.
const saveWithin = 10 * time.Second

// execute asks the model and ends the run.
func (e *Engine) execute(ctx context.Context, r *live, s Spec) {
	defer e.working.Done()
	defer r.cancel()
	result, err := e.chat(ctx, r, s)
	if err != nil {
		r.end(StateFailed, fault.Public(err), result, e.opt.Now())
		// The error itself is told in the conversation, and may repeat what stands there: model servers quote questions.
		e.opt.Log.DebugContext(ctx, "a run ended with an error", "run", s.ID, "code", string(fault.CodeOf(err)))
		return
	}
	r.end(StateDone, nil, result, e.opt.Now())
}

// chat asks the gateway; a panic in a connector ends this run only.
func (e *Engine) chat(ctx context.Context, r *live, s Spec) (result service.ChatResult, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			e.opt.Log.ErrorContext(ctx, "a connector panicked", "run", s.ID, "panic", caught, "stack", string(debug.Stack()))
			err = fault.Wrap(fault.Internal, fmt.Errorf("panic: %v", caught), "kAI made a mistake while answering; the log has the details")
		}
	}()
	return e.gateway.Chat(ctx, s.Service, s.Chat, func(d service.ChatDelta) error { return r.add(d, e.opt.Now()) })
}

// save brings the run to the journal as it grows, and once more when it has ended. The model is never kept waiting for
// the disk. The ctx of the run tells nothing here: it ends with the answer.
func (e *Engine) save(ctx context.Context, r *live) {
	defer e.working.Done()
	ctx = context.WithoutCancel(ctx)
	told := false
	for range r.dirty {
		s := r.saved(e.opt.Now())
		err := e.journalSave(ctx, s)
		if err != nil && !told {
			told = true
			e.opt.Log.WarnContext(ctx, "a run could not be journaled", "run", s.Spec.ID, "error", err)
		}
		if fault.CodeOf(err) == fault.Fenced { // another process has the journal now, and has marked this run
			r.end(StateInterrupted, fault.Public(err), service.ChatResult{}, e.opt.Now())
			r.cancel()
			s.State = StateInterrupted
		}
		if s.State.Ended() {
			e.finished(ctx, r)
			return
		}
		e.pause(r)
	}
}

// pause waits until the next save may be made: after SaveEvery, or at once when the run has ended.
func (e *Engine) pause(r *live) {
	timer := time.NewTimer(e.opt.SaveEvery)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.over:
	}
}

func (e *Engine) journalSave(ctx context.Context, s Saved) error {
	ctx, cancel := context.WithTimeout(ctx, saveWithin)
	defer cancel()
	return e.journal.Save(ctx, s)
}

// finished moves a run to those that are kept, and lets go of the oldest.
func (e *Engine) finished(ctx context.Context, r *live) {
	now := e.opt.Now()
	e.mu.Lock()
	e.kept[r.spec.ID] = keptEntry{r.status(), now}
	e.order = append(e.order, r.spec.ID)
	for len(e.order) > e.opt.KeepLoaded {
		delete(e.runs, e.order[0])
		e.order = slices.Delete(e.order, 0, 1)
	}
	old := e.forgetLocked(now)
	e.mu.Unlock()
	close(r.settled)
	if len(old) == 0 {
		return
	}
	if err := e.journal.Forget(ctx, old...); err != nil {
		e.opt.Log.WarnContext(ctx, "old runs could not be forgotten", "runs", old, "error", err)
	}
}

// forgetLocked drops finished runs that were kept long enough and returns their ids.
func (e *Engine) forgetLocked(now time.Time) (old []string) {
	for id, k := range e.kept {
		if now.Sub(k.ended) > e.opt.Keep {
			old = append(old, id)
			e.dropLocked(id)
		}
	}
	return old
}

func (e *Engine) dropLocked(id string) {
	delete(e.kept, id)
	delete(e.runs, id)
	e.order = slices.DeleteFunc(e.order, func(other string) bool { return other == id })
}

func sortByID(list []Status) {
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
}

// noJournal keeps nothing.
type noJournal struct{}

func (noJournal) Save(context.Context, Saved) error       { return nil }
func (noJournal) All(context.Context) ([]Saved, error)    { return nil, nil }
func (noJournal) Forget(context.Context, ...string) error { return nil }
func (noJournal) Load(_ context.Context, id string) (Saved, error) {
	return Saved{}, fault.New(fault.NotFound, "there is no run %q here", id)
}
