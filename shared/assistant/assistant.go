package assistant

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/tool"
)

// Deps is what an Assistant stands on. Store, Clock, Gateway and Runners are needed; the rest has a quiet default.
type Deps struct {
	Store   store.Store
	Clock   *record.Clock
	Gateway service.Gateway
	// Runners gives the engine that lives here and the connected companion's; either may be nil. It is asked before each
	// use, because the companion comes and goes.
	Runners func() (here, companion run.Runner)

	Now   func() time.Time
	NewID func() string
	Kinds []service.Definition // the services that can be connected
	Local func() []string      // kinds to offer first on this computer, now (configuration: local_services); nil for none

	Publish        func(News)                                                                            // takes every piece of news, in order; must not block
	Measure        func(ctx context.Context) (store.Usage, error)                                        // how much is stored; default: asks Store
	RetryCompanion func(ctx context.Context) CompanionState                                              // looks for kai again now; nil: there is nothing to look for
	Blobs          func(ctx context.Context, method string, in json.RawMessage) (json.RawMessage, error) // answers the blob methods; NoBlobs when nil
	Tools          func(ctx context.Context, c tool.Call) (string, error)                                // calls a tool that is not the assistant's own; nil: there are none
	Find           func(ctx context.Context, in library.FindPassages) (library.FoundPassages, error)     // looks into the person's documents; nil: there are none
	Keys           Keys                                                                                  // seals the keys of services; nil: they are stored as they are
	Summaries      func() run.Caller                                                                     // kai, which writes summaries that outlive this program; nil, or giving nil: they are written here
	Log            *logs.Logger

	Mode, UIMode, Version, Instance string
	ConfigFault                     *fault.Fault // what the person is told of a configuration that was refused
	Sync                            bool         // Settings.Sync until the person chooses (configuration: sync_with_kOS)
}

// Assistant answers every method that a view may call. Serve is safe for concurrent use between Start and Close.
type Assistant struct {
	deps    Deps
	methods map[string]method
	news    hub
	corpus  corpus
	private private
	writing chan struct{} // holds a token while records are read, changed and written back
	sync    atomic.Bool   // Settings.Sync

	mu        sync.Mutex // guards everything below
	ctx       context.Context
	cancel    context.CancelFunc
	closed    bool
	group     sync.WaitGroup
	runs      map[string]*follower      // by run id: those that go on, and lately ended ones
	summaries map[string]*summing       // by conversation
	stops     map[string]bool           // runs stopped while the companion was away
	pulls     map[ModelRef]*pull        // downloads of models: those that go on, and those that failed
	health    map[string]service.Health // by service id: what the last probe found
	companion CompanionState
	storage   StorageState
	hostFault *fault.Fault  // what the host said is wrong with the store
	connected chan struct{} // closed and replaced when the companion connects
	trashed   chan struct{} // wakes the purge
	lastTime  string
	lastID    string
}

// New prepares an assistant; Start brings it to life.
func New(d Deps) *Assistant {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.NewID == nil {
		d.NewID = func() string { return record.NewID(d.Now()) }
	}
	if d.Blobs == nil {
		d.Blobs = NoBlobs
	}
	if d.Summaries == nil {
		d.Summaries = func() run.Caller { return nil }
	}
	if d.Log == nil {
		d.Log = logs.Discard()
	}
	a := &Assistant{
		deps:      d,
		writing:   make(chan struct{}, 1),
		runs:      map[string]*follower{},
		stops:     map[string]bool{},
		summaries: map[string]*summing{},
		pulls:     map[ModelRef]*pull{},
		health:    map[string]service.Health{},
		companion: CompanionState{State: CompanionAbsent},
		connected: make(chan struct{}),
		trashed:   make(chan struct{}, 1),
	}
	a.news.out = d.Publish
	a.methods = a.table()
	return a
}

// Start takes up what an earlier life left: it follows runs that go on elsewhere, marks those that died with it, and
// empties old trash. It returns as soon as views can be served.
func (a *Assistant) Start(ctx context.Context) error {
	a.mu.Lock()
	if a.cancel != nil {
		a.mu.Unlock()
		return fault.New(fault.Conflict, "the assistant was started already")
	}
	a.ctx, a.cancel = context.WithCancel(context.WithoutCancel(ctx))
	a.mu.Unlock()
	settings, err := a.settings(ctx)
	if err != nil {
		return err
	}
	a.sync.Store(settings.Body.Sync)
	if err := a.sealKeys(ctx); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "sealing the keys of services")
	}
	if err := a.resume(ctx); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "reading the answers that were being made")
	}
	a.spawn(a.purgeTrash)
	a.spawn(a.measure)
	return nil
}

// Close stops serving, writes what is not written yet, and waits for everything it started, at most until ctx ends.
func (a *Assistant) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	if a.cancel != nil {
		a.cancel()
	}
	a.mu.Unlock()
	done := make(chan struct{})
	go func() {
		a.group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "closing took too long")
	}
}

// spawn runs work until it ends or the assistant closes; Close waits for it. False when it is closing already.
func (a *Assistant) spawn(work func(ctx context.Context)) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.alive() != nil {
		return false
	}
	ctx := a.ctx
	a.group.Go(func() { work(ctx) })
	return true
}

// life returns the context that ends with the assistant, or fault.Unavailable outside Start and Close.
func (a *Assistant) life() (context.Context, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ctx, a.alive()
}

// alive gives fault.Unavailable outside Start and Close. The caller holds mu.
func (a *Assistant) alive() error {
	if a.closed || a.cancel == nil {
		return fault.New(fault.Unavailable, "kAI is starting or closing").WithRemedy("try again in a moment")
	}
	return nil
}

// lock makes the caller the only one that reads, changes and writes records, until unlock.
func (a *Assistant) lock(ctx context.Context) error {
	select {
	case a.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "waiting for another change to be written")
	}
}

func (a *Assistant) unlock() { <-a.writing }
