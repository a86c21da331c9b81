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

func (a *Assistant) retryCompanion(ctx context.Context, _ Empty) (CompanionState, error) {
	if a.deps.RetryCompanion != nil {
		a.CompanionChanged(ctx, a.deps.RetryCompanion(ctx))
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
}

// takeUpLost follows runs again that were given up because the companion stayed away: it may have finished them.
func (a *Assistant) takeUpLost(ctx context.Context) error {
	records, err := a.runsIn(ctx, run.StateInterrupted)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if rec.Body.Where != WhereKai || a.answering(rec.Body.Conversation) {
			continue
		}
		m, err := get[Message](ctx, a, record.KindMessage, rec.Body.Message)
		lost := err == nil && m.Body.Run == rec.Body.ID && m.Body.Fault != nil && m.Body.Fault.Code == lostFault().Code
		if !lost || !a.knows(ctx, rec.Body.ID) {
			continue
		}
		if err := a.takeUp(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

// knows asks the companion whether it has a run.
func (a *Assistant) knows(ctx context.Context, id string) bool {
	companion := a.runner(WhereKai)
	if companion == nil {
		return false
	}
	list, err := companion.List(ctx)
	if err != nil {
		return false
	}
	for _, s := range list {
		if s.ID == id {
			return true
		}
	}
	return false
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
