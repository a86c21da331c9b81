package run

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
)

// Options set up an Engine. Zero values mean the defaults named beside them.
type Options struct {
	SaveEvery  time.Duration    // how often a growing answer reaches the journal at most: 250 ms
	Keep       time.Duration    // how long a finished run can still be attached to: 7 days
	KeepLoaded int              // finished runs held in memory as well as in the journal: 16
	MaxRunning int              // answers being made at a time: 64
	Now        func() time.Time // time.Now
	Log        *logs.Logger     // nil logs nothing
}

func (o Options) withDefaults() Options {
	if o.SaveEvery <= 0 {
		o.SaveEvery = 250 * time.Millisecond
	}
	if o.Keep <= 0 {
		o.Keep = 7 * 24 * time.Hour
	}
	if o.KeepLoaded <= 0 {
		o.KeepLoaded = 16
	}
	if o.MaxRunning <= 0 {
		o.MaxRunning = 64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = logs.Discard()
	}
	return o
}

// Engine is a Runner that makes answers here, through a Gateway.
type Engine struct {
	gateway service.Gateway
	journal Journal
	opt     Options
	base    context.Context //nolint:containedctx // the life of the engine: runs outlive the call that starts them
	stop    context.CancelFunc
	working sync.WaitGroup // two goroutines a run: one asks the model, one saves

	mu     sync.Mutex // guards all below
	closed bool
	runs   map[string]*live     // running, and the newest finished
	order  []string             // finished ones in runs, oldest first
	kept   map[string]keptEntry // finished ones in the journal
}

// keptEntry is what memory knows of a run in the journal.
type keptEntry struct {
	status Status
	ended  time.Time
}

// NewEngine prepares an engine. A nil journal keeps nothing on disk: for a host whose caller keeps the answers itself.
// Recover, when there is a journal, comes before the first Start.
func NewEngine(g service.Gateway, j Journal, o Options) *Engine {
	if j == nil {
		j = noJournal{}
	}
	base, stop := context.WithCancel(context.Background())
	return &Engine{
		gateway: g, journal: j, opt: o.withDefaults(), base: base, stop: stop,
		runs: map[string]*live{}, kept: map[string]keptEntry{},
	}
}

// Recover reads the journal: runs that were going when the process died are marked interrupted, with what had reached
// disk, and old ones are forgotten. It resumes nothing.
func (e *Engine) Recover(ctx context.Context) error {
	all, err := e.journal.All(ctx)
	if err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "the journal of runs cannot be read")
	}
	for _, s := range all {
		if err := e.recover(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) recover(ctx context.Context, s Saved) error {
	now := e.opt.Now()
	if s.State.Ended() && now.Sub(time.UnixMilli(s.At)) > e.opt.Keep {
		return e.journal.Forget(ctx, s.Spec.ID)
	}
	r := restored(s)
	if !s.State.Ended() {
		r.state = StateRunning
		r.end(StateInterrupted, interrupted(), service.ChatResult{}, now)
		r.stats = Stats{}
		if err := e.journal.Save(ctx, r.saved(now)); err != nil {
			return fault.Wrap(fault.CodeOf(err), err, "an interrupted run cannot be marked")
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.kept[s.Spec.ID] = keptEntry{r.status(), r.ended}
	return nil
}

func interrupted() *fault.Fault {
	return fault.New(fault.Unavailable, "kAI was closed while it was answering").WithRemedy("ask again; what had arrived is kept")
}

// Start begins a run, or does nothing when a run with that id was begun before. It returns once the start is on disk.
func (e *Engine) Start(ctx context.Context, s Spec) error {
	if err := check(s); err != nil {
		return err
	}
	runCtx, cancel := context.WithCancel(protocol.Traced(e.base, protocol.TraceOf(ctx)))
	r := newLive(s, e.opt.Now(), cancel)
	fresh, err := e.claim(r)
	if err != nil || !fresh {
		cancel()
		return err
	}
	if err := e.journal.Save(ctx, r.saved(e.opt.Now())); err != nil {
		e.opt.Log.WarnContext(ctx, "a run could not be journaled", "run", s.ID, "error", err)
		if code := fault.CodeOf(err); code == fault.Fenced || ctx.Err() != nil {
			e.refuse(r, err)
			return err
		}
	}
	go e.execute(runCtx, r, s) // claim counted both
	go e.save(runCtx, r)
	return nil
}

// maxID bounds the id of a run, in bytes. Journals take the same characters.
const maxID = 128

func check(s Spec) error {
	foreign := func(r rune) bool { return r <= ' ' || r > '~' }
	if s.ID == "" || len(s.ID) > maxID || strings.ContainsFunc(s.ID, foreign) {
		return fault.New(fault.Invalid, "a run needs an id of at most %d visible ASCII characters", maxID).WithField("id")
	}
	return nil
}

// claim makes r the run with its id; fresh is false when there is one already.
func (e *Engine) claim(r *live) (fresh bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false, fault.New(fault.Unavailable, "kAI is closing")
	}
	_, kept := e.kept[r.spec.ID]
	if e.runs[r.spec.ID] != nil || kept {
		return false, nil
	}
	if len(e.runs)-len(e.order) >= e.opt.MaxRunning {
		return false, fault.New(fault.Exhausted, "%d answers are being made; that is the limit", e.opt.MaxRunning).
			WithRemedy("wait for one to finish, or stop one")
	}
	e.runs[r.spec.ID] = r
	e.working.Add(2)
	return true, nil
}

// refuse takes back a claim. Whoever attached meanwhile is told.
func (e *Engine) refuse(r *live, err error) {
	r.cancel()
	r.end(StateFailed, fault.Public(err), service.ChatResult{}, e.opt.Now())
	e.mu.Lock()
	delete(e.runs, r.spec.ID)
	e.mu.Unlock()
	close(r.settled)
	e.working.Add(-2)
}

// Attach hands every delta after from to each until the run has ended. A slow reader gets deltas merged.
func (e *Engine) Attach(ctx context.Context, id string, from int64, each func(Delta) error) error {
	r, err := e.find(ctx, id)
	if err != nil {
		return err
	}
	for from = max(from, 0); ; {
		d, wait, over := r.next(from)
		if wait != nil {
			select {
			case <-wait:
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if d.N > from {
			if err := each(d); err != nil {
				return err
			}
			from = d.N
		}
		if over || d.State.Ended() {
			return nil
		}
	}
}

// find returns a run from memory, or from the journal.
func (e *Engine) find(ctx context.Context, id string) (*live, error) {
	e.mu.Lock()
	r := e.runs[id]
	_, kept := e.kept[id]
	e.mu.Unlock()
	switch {
	case r != nil:
		return r, nil
	case !kept:
		return nil, fault.New(fault.NotFound, "there is no run %q here", id)
	}
	s, err := e.journal.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	return restored(s), nil
}

// Stop ends a run at once, also when the model server does not let go. A run that has ended stays as it is.
func (e *Engine) Stop(_ context.Context, id string) error {
	e.mu.Lock()
	r := e.runs[id]
	_, kept := e.kept[id]
	e.mu.Unlock()
	if r == nil && !kept {
		return fault.New(fault.NotFound, "there is no run %q here", id)
	}
	if r != nil {
		r.end(StateStopped, nil, service.ChatResult{}, e.opt.Now())
		r.cancel()
	}
	return nil
}

// List tells of every run that can be attached to.
func (e *Engine) List(context.Context) ([]Status, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Status, 0, len(e.runs)+len(e.kept))
	for id, k := range e.kept {
		if e.runs[id] == nil {
			out = append(out, k.status)
		}
	}
	for _, r := range e.runs {
		out = append(out, r.status())
	}
	sortByID(out)
	return out, nil
}

// Drain takes no more runs and waits for those that are going, as long as ctx lives. What is left then is Close's.
func (e *Engine) Drain(ctx context.Context) {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	select {
	case <-e.gone():
	case <-ctx.Done():
	}
}

// gone is closed when no run works any more.
func (e *Engine) gone() <-chan struct{} {
	gone := make(chan struct{})
	go func() { e.working.Wait(); close(gone) }()
	return gone
}

// Close stops everything: runs that are going end as interrupted, are saved, and their readers told. It waits for that
// until ctx ends.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	for _, r := range e.runs {
		r.end(StateInterrupted, interrupted(), service.ChatResult{}, e.opt.Now())
	}
	e.mu.Unlock()
	e.stop()
	select {
	case <-e.gone():
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "a model server does not let go of a run")
	}
}
