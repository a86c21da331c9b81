package run

import (
	"context"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// live is a run in memory.
type live struct {
	spec   Spec // lean: see lean
	began  time.Time
	cancel context.CancelFunc
	dirty  chan struct{} // rings the saver; holds one ring
	over   chan struct{} // closed at the end
	kept   bool          // read back from the journal

	settled chan struct{} // closed when nothing is written of it any more

	mu      sync.Mutex // guards all below
	tape    *tape
	state   State
	fault   *fault.Fault
	stats   Stats
	first   time.Time
	ended   time.Time
	changed chan struct{} // closed at the next change; nil while nobody waits
}

func newLive(s Spec, now time.Time, cancel context.CancelFunc) *live {
	return &live{
		spec: lean(s), began: now, cancel: cancel, state: StateRunning, tape: &tape{},
		dirty: make(chan struct{}, 1), over: make(chan struct{}), settled: make(chan struct{}),
	}
}

// lean is what of a spec is kept: neither the key nor the conversation, which may be long and is kept elsewhere.
func lean(s Spec) Spec {
	s.Service.Key = ""
	s.Chat.Messages = nil
	return s
}

// add takes a delta from the model. Once the run has ended it answers why, so that the connector stops.
func (r *live) add(d service.ChatDelta, now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Ended() {
		return context.Canceled
	}
	if r.first.IsZero() {
		r.first = now
	}
	marked, err := r.tape.add(d)
	if err != nil || !marked {
		return err
	}
	r.changedLocked()
	return nil
}

// end makes the run final, unless it is already.
func (r *live) end(state State, f *fault.Fault, result service.ChatResult, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Ended() {
		return
	}
	r.state, r.fault, r.ended = state, f, now
	r.stats = r.statsLocked(result, now)
	r.tape.mark() // the final delta has a number of its own, which holds what was still loose
	close(r.over)
	r.changedLocked()
}

func (r *live) statsLocked(result service.ChatResult, now time.Time) Stats {
	s := Stats{PromptTokens: result.PromptTokens, Tokens: result.Tokens, Reason: result.Reason, Millis: now.Sub(r.began).Milliseconds()}
	if s.Tokens == 0 { // the service did not say, or had no time to: its deltas are mostly single tokens
		s.Tokens = int(r.tape.n())
	}
	if r.first.IsZero() {
		return s
	}
	s.FirstMillis = r.first.Sub(r.began).Milliseconds()
	took := result.Took
	if took <= 0 {
		took = now.Sub(r.first)
	}
	if took > 0 {
		s.TokensPerSecond = float64(s.Tokens) / took.Seconds()
	}
	return s
}

func (r *live) changedLocked() {
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

// next returns what follows from, or a channel that closes when something does. Over is true when nothing ever will; the
// delta is then the end once more, or empty.
func (r *live) next(from int64) (d Delta, wait <-chan struct{}, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from < r.tape.n() {
		return r.finalLocked(r.tape.after(from)), nil, false
	}
	if r.state.Ended() {
		return r.bareLocked(from), nil, true
	}
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return Delta{}, r.changed, false
}

// bareLocked is the end alone, for a reader who already has all that is known here. A reader who followed a run that died
// may be ahead of what reached disk and has not seen the end: it gets one, under its own next number. Others get nothing.
func (r *live) bareLocked(from int64) Delta {
	if from == r.tape.n() && (!r.kept || r.state != StateInterrupted) {
		return Delta{}
	}
	return r.finalLocked(Delta{N: from + 1})
}

// finalLocked adds how the run ended to the delta that reaches its end.
func (r *live) finalLocked(d Delta) Delta {
	if r.state.Ended() {
		stats := r.stats
		d.State, d.Fault, d.Stats = r.state, r.fault, &stats
	}
	return d
}

func (r *live) status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Status{ID: r.spec.ID, State: r.state, N: r.tape.n()}
}

// saved is the run as the journal keeps it.
func (r *live) saved(now time.Time) Saved {
	r.mu.Lock()
	defer r.mu.Unlock()
	return Saved{Spec: r.spec, State: r.state, Delta: r.finalLocked(r.tape.after(0)), Marks: packMarks(r.tape.marks), At: now.UnixMilli()}
}

// restored is a run read back from the journal; it has ended.
func restored(s Saved) *live {
	r := &live{spec: s.Spec, cancel: func() {}, over: make(chan struct{}), kept: true, tape: unpack(s), state: s.State, fault: s.Delta.Fault, ended: time.UnixMilli(s.At)}
	if s.Delta.Stats != nil {
		r.stats = *s.Delta.Stats
	}
	if !r.state.Ended() { // a record that was damaged; whoever followed it would wait for ever
		r.state = StateInterrupted
	}
	return r
}
