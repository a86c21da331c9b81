package assistant

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// What CompanionState.State says.
const (
	CompanionConnected  = "connected"
	CompanionConnecting = "connecting"
	CompanionAbsent     = "absent"
	CompanionFailed     = "failed"
)

// CompanionChanged takes what the host knows of the companion and tells the views. When it has connected, the answers
// that are made there are followed again, and stops that it has missed are delivered. Call it after Runners gives it.
func (a *Assistant) CompanionChanged(ctx context.Context, state CompanionState) {
	a.mu.Lock()
	before := a.companion
	a.companion = state
	up := state.State == CompanionConnected && before.State != CompanionConnected
	if up {
		close(a.connected)
		a.connected = make(chan struct{})
	}
	a.mu.Unlock()
	if state != before {
		a.publish(ctx, NewsData{Companion: &state})
	}
	if up {
		a.spawn(a.catchUp)
	}
}

// companionUp gives a channel that closes when the companion connects next.
func (a *Assistant) companionUp() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.connected
}

// retryCompanion looks for the companion now. What comes of it reaches the views by CompanionChanged alone: told from here
// as well, it could come after a newer state.
func (a *Assistant) retryCompanion(ctx context.Context, _ Empty) (CompanionState, error) {
	if a.deps.RetryCompanion != nil {
		return a.deps.RetryCompanion(ctx), nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.companion, nil
}

// stopLater remembers a stop for a companion that is away.
func (a *Assistant) stopLater(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stops[id] = true
}

// catchUp does what waited for the companion.
func (a *Assistant) catchUp(ctx context.Context) {
	companion := a.runner(WhereKai)
	if companion == nil {
		return
	}
	a.mu.Lock()
	stops := a.stops
	a.stops = map[string]bool{}
	a.mu.Unlock()
	for id := range stops {
		if err := companion.Stop(ctx, id); fault.CodeOf(err) == fault.Unavailable {
			a.stopLater(id)
		}
	}
	if err := a.takeUpLost(ctx); err != nil && ctx.Err() == nil {
		a.deps.Log.Warn("answers that were lost with kai could not be taken up", "error", err)
	}
	a.forgetErased(ctx)
}

// takeUpLost follows runs again that were given up because the companion stayed away: it may have finished them.
func (a *Assistant) takeUpLost(ctx context.Context) error {
	records, err := a.runsIn(ctx, run.StateInterrupted)
	if err != nil {
		return err
	}
	known := a.knownToCompanion(ctx)
	for _, rec := range records {
		if rec.Body.Where != WhereKai || !known[rec.Body.engineID()] {
			continue
		}
		if err := a.reopen(ctx, rec.Body.ID); err != nil {
			return err
		}
	}
	return nil
}

// reopen sets a run that was given up back to running, and follows it.
func (a *Assistant) reopen(ctx context.Context, id string) error {
	if err := a.lock(ctx); err != nil {
		return err
	}
	defer a.unlock()
	if old := a.follower(id); old != nil && !old.allWritten() {
		return nil // its end is still on the way to the store
	}
	rec, err := get[RunRecord](ctx, a, record.KindRun, id)
	if err != nil || rec.Body.State != run.StateInterrupted || a.answering(rec.Body.Conversation) {
		return err
	}
	m, err := get[Message](ctx, a, record.KindMessage, rec.Body.Message)
	if err != nil || m.Body.Run != id || m.Body.Fault == nil || m.Body.Fault.Code != lostFault().Code {
		return nil //nolint:nilerr // erased, or asked for again: there is nothing to take up
	}
	m.Body.State, m.Body.Fault, rec.Body.State = run.StateRunning, nil, run.StateRunning
	versions, err := a.commit(ctx, NewsData{Run: runNews(rec.Body)},
		draft{record.KindMessage, m.Body.ID, m.Body, m.Version}, draft{record.KindRun, rec.Body.ID, rec.Body, rec.Version})
	if err != nil {
		return err
	}
	m.Version, rec.Version = versions[0], versions[1]
	return a.follow(newFollower(a, m, rec, nil))
}

// knownToCompanion asks the companion which runs it has.
func (a *Assistant) knownToCompanion(ctx context.Context) map[string]bool {
	known := map[string]bool{}
	if companion := a.runner(WhereKai); companion != nil {
		list, err := companion.List(ctx)
		if err != nil {
			a.deps.Log.Info("kai does not list its runs", "error", err)
		}
		for _, s := range list {
			known[s.ID] = true
		}
	}
	return known
}

func (a *Assistant) runsIn(ctx context.Context, state run.State) ([]kept[RunRecord], error) {
	var out []kept[RunRecord]
	q := store.Query{Kind: record.KindRun, Index: "state", Equal: string(state), Limit: 500}
	err := each(ctx, a, q, func(r kept[RunRecord]) bool {
		out = append(out, r)
		return true
	})
	return out, err
}
