// Package runtime is browser mode: it puts the assistant on the browser's store, on fetch and on the companion, and keeps
// it running for every view.
//
// Pure Go: everything that touches JavaScript is handed in, so that all of it is tested natively. Imports shared/*.
package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/builtin"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
	"github.com/kindos/kai/shared/tool"
)

// App is how the runtime introduces itself.
const App = "kai-runtime"

// Deps is what the browser gives. Store, Fetch, Instance and Log are needed; the rest may be nil.
type Deps struct {
	Config   config.Browser
	Refused  *fault.Fault // why the person's configuration does not hold; nil when it does
	Store    store.Store
	Storage  assistant.StorageState // what opening the store told; zero when all is well
	Private  bool                   // a private window: what is stored goes when it closes
	Fetch    service.Transport
	Engine   service.Transport                                                                     // to the models inside the browser; nil: this host has none
	Blobs    func(ctx context.Context, method string, in json.RawMessage) (json.RawMessage, error) // answers the blob methods; nil: none are kept
	Keys     assistant.Keys                                                                        // seals the keys of services; nil: this host can't
	Tool     func(ctx context.Context, c tool.Call) (string, error)                                // calls a tool of the browser itself; nil: it has none
	Version  string
	Instance string // random for each start
	Browser  string // "chromium" or "firefox": how people tell their devices apart

	Dial       func(ctx context.Context) (protocol.Conn, error)         // a way to the companion
	OriginRule func(ctx context.Context, urls []string) (string, error) // "" or why there can't be such a rule
	Publish    func(assistant.News)                                     // must not block
	Snapshot   func(text string)                                        // keeps what views paint first
	Busy       func(on bool)                                            // an answer is being made

	Now   func() time.Time
	After func(time.Duration) <-chan time.Time // time.After, unless a test owns time
	Log   *logs.Logger
}

func (d Deps) withDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.After == nil {
		d.After = time.After
	}
	if d.Publish == nil {
		d.Publish = func(assistant.News) {}
	}
	if d.Snapshot == nil {
		d.Snapshot = func(string) {}
	}
	if d.Busy == nil {
		d.Busy = func(bool) {}
	}
	return d
}

// Runtime is one running assistant in one browser profile.
type Runtime struct {
	deps      Deps
	clock     *record.Clock
	assistant *assistant.Assistant
	engine    *run.Engine
	companion *companion
	documents *documents // nil where none are kept
	snapshot  *snapshotWriter
	busy      *busy
	work      sync.WaitGroup
	life      context.Context // from Start to Stop
	cancel    context.CancelFunc
}

// New puts the parts together; Start brings them to life.
func New(d Deps) *Runtime {
	d = d.withDefaults()
	r := &Runtime{deps: d, cancel: func() {}}
	r.clock = record.NewClock(d.Instance, d.Now)
	r.companion = newCompanion(d, protocol.Hello{
		App: App, Version: d.Version, Instance: d.Instance, Capabilities: []string{lent.Capability, d.Browser},
	})
	kinds := connectors.Definitions()
	if d.Engine != nil {
		kinds = append(kinds, builtin.Definition(exchange.DefaultLimits(), d.Engine))
	}
	local := service.NewLocal(newUnmarked(d.Fetch, d.OriginRule, d.Log), kinds, "runtime")
	gateway := service.NewSwitch(local, r.companion.gateway)
	r.engine = run.NewEngine(gateway, nil, run.Options{Now: d.Now, Log: d.Log}) // the assistant keeps the answers
	var find func(context.Context, library.FindPassages) (library.FoundPassages, error)
	if r.documents = r.openDocuments(gateway); r.documents != nil {
		find = r.documents.find
	}
	r.assistant = assistant.New(assistant.Deps{
		Store: d.Store, Clock: r.clock, Gateway: gateway, Runners: r.runners, Now: d.Now, Kinds: kinds,
		Local: func() []string { return d.Config.LocalServices }, Publish: r.publish, Measure: r.measure, RetryCompanion: r.companion.retry, Log: d.Log,
		Mode: string(mode.Browser), UIMode: d.Config.UIMode, Version: d.Version, Instance: d.Instance, ConfigFault: d.Refused,
		Sync: d.Config.SyncWithKOS, Blobs: d.Blobs, Tools: r.callTool, Summaries: r.companion.caller,
		Find: find, Keys: d.Keys,
	})
	r.companion.lends = r.lends(&lending{r.assistant.Replicated(), r.assistant.Syncs})
	r.snapshot = newSnapshotWriter(r.assistant, d.Snapshot, d.After, d.Log)
	r.busy = &busy{tell: d.Busy, runs: map[string]bool{}}
	return r
}

// Start takes up what an earlier life left and begins to look for the companion. It returns when views can be served.
func (r *Runtime) Start(ctx context.Context) error {
	if err := r.catchUp(ctx); err != nil {
		r.deps.Log.Warn("the clock could not be set by the newest record", "err", err)
	}
	if err := life.Begin(ctx, r.deps.Store, r.deps.Instance); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "beginning a life of the store")
	}
	if err := r.assistant.Start(ctx); err != nil {
		return err
	}
	if r.deps.Storage != (assistant.StorageState{}) {
		r.assistant.StorageChanged(ctx, r.deps.Storage)
	}
	r.life, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.work.Go(func() { r.snapshot.run(r.life) })
	r.work.Go(func() { r.companion.run(r.life, r.assistant.CompanionChanged) })
	if r.documents != nil {
		r.work.Go(func() { r.documents.resume(r.life, r.deps.Log) })
	}
	return nil
}

// Serve answers a view's request; it is a protocol.Handler.
func (r *Runtime) Serve(ctx context.Context, q *protocol.Request) (any, error) {
	began := r.deps.Now()
	out, err := r.answer(ctx, q)
	r.companion.steps.note(ctx, q.Method, began, r.deps.Now(), err)
	return out, err
}

func (r *Runtime) answer(ctx context.Context, q *protocol.Request) (any, error) {
	knowledge := strings.HasPrefix(q.Method, assistant.KnowledgePrefix)
	if knowledge && r.documents != nil {
		return r.documents.serve(ctx, q)
	}
	if knowledge || strings.HasPrefix(q.Method, assistant.SyncPrefix) || strings.HasPrefix(q.Method, "images.") || q.Method == assistant.MethodToolList {
		return r.companion.forward(ctx, q)
	}
	return r.assistant.Serve(ctx, q)
}

// Hello is how the runtime introduces itself to views.
func (r *Runtime) Hello() protocol.Hello {
	return protocol.Hello{App: App, Version: r.deps.Version, Instance: r.deps.Instance}
}

// Stop ends everything that Start began. It is idempotent.
func (r *Runtime) Stop(ctx context.Context) error {
	err := errors.Join(r.engine.Close(ctx), r.assistant.Close(ctx))
	r.cancel()
	r.work.Wait()
	return err
}

// catchUp moves the clock past the newest record, so that a computer whose clock was set back still writes newer versions.
func (r *Runtime) catchUp(ctx context.Context) error {
	head, err := r.deps.Store.Apply(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	feed, err := r.deps.Store.Changes(ctx, head.Seq-1, 1)
	if err != nil {
		return err
	}
	for _, newest := range feed.Records {
		if err := r.clock.Observe(newest.Version); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runtime) runners() (here, companion run.Runner) { return r.engine, r.companion.runner() }

// browserTools begins the sources of tools that the browser itself has: reading the page, and the guests that the person
// installed here (extension/views/kit/tools/own.ts).
const browserTools = "browser"

// callTool has a tool called where it is: in this browser or by kai.
func (r *Runtime) callTool(ctx context.Context, c tool.Call) (string, error) {
	if r.deps.Tool != nil && strings.HasPrefix(c.Source, browserTools) {
		return r.deps.Tool(ctx, c)
	}
	return r.companion.callTool(ctx, c)
}

// publish spreads news; it must not block.
func (r *Runtime) publish(n assistant.News) {
	r.deps.Publish(n)
	r.snapshot.note(n)
	r.busy.note(n)
	if r.assistant.Syncs() && n.Data.Lasting() {
		r.companion.note()
	}
}

func (r *Runtime) measure(ctx context.Context) (store.Usage, error) {
	m, ok := r.deps.Store.(store.Measurer)
	if !ok {
		return store.Usage{Records: map[record.Kind]int64{}}, nil
	}
	usage, err := m.Measure(ctx)
	usage.Durable = usage.Durable && !r.deps.Private
	return usage, err
}

// Relaxed says whether a batch may reach the disk later than its Apply returns: the saves of an answer that is still being
// made. The next one follows within a second, and the model can be asked again; what a person wrote can not.
func Relaxed(batch []store.Write) bool {
	for _, w := range batch {
		if w.Record.Kind != record.KindMessage || store.IndexKey(w.Record.Body, "state") != string(run.StateRunning) {
			return false
		}
	}
	return len(batch) > 0
}
