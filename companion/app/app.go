// Package app puts the parts of a running kai together: the one place that knows concrete parts.
//
// Everything else is handed what it needs. Imports whatever it joins.
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/cache"
	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/devtools"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/folders"
	"github.com/kindos/kai/companion/keys"
	"github.com/kindos/kai/companion/mcp"
	"github.com/kindos/kai/companion/mcpservers"
	"github.com/kindos/kai/companion/metrics"
	"github.com/kindos/kai/companion/painter"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/companion/pictures"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/rest"
	"github.com/kindos/kai/companion/sandbox"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/companion/summaries"
	"github.com/kindos/kai/companion/supervise"
	"github.com/kindos/kai/companion/tools"
	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/companion/webapp"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/debug"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/journal"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// Name is how kai introduces itself in a hello.
const Name = "kai"

// CapabilityVault in a hello says that a password opens this kai: a web app then leaves nothing behind in the browser.
const CapabilityVault = "vault"

// Options say which kai to build.
type Options struct {
	Dir       datadir.Dir
	Config    config.Standalone
	TLS       api.Certificate   // of the web app and the API; nil for plain HTTP
	AnyPort   bool              // another web app port will do when the configured one is taken
	Unbuilt   map[string]string // steps that were asked for and are not in this version, with the reason
	Transport service.Transport // how model servers are reached
	Version   string
	Log       *slog.Logger
	Level     *slog.LevelVar          // of Log, so that it can be changed; nil where it can't
	Know      func(secrets ...string) // is told secrets that Log must not hold; nil for nobody
	Now       func() time.Time
	Redis     string        // where Redis is, for storage.cache redis; empty for localhost:6379
	Drain     time.Duration // how long stopping waits for answers in the making
	Updates   string        // the source of releases, as the build stamped it
	Service   bool          // the system runs this kai: after an update it ends, to be started anew

	Files    extract.Reader      // reads what becomes documents
	Services map[string]string   // where the services of this computer are, by kind, where not at their own ports
	Programs []supervise.Program // that kai services starts; nil for supervise.Programs

	Export tracing.Export // where traces are sent

	Trace config.Trace           // how Config came about
	Load  func() (Loaded, error) // resolves the configuration anew, as it was resolved for Config; nil: it can't change
}

// App is a kai in standalone mode.
type App struct {
	opt    Options
	driver *standalone.Driver
	api    *api.Server
	hello  protocol.Hello
	quit   chan struct{}
	again  atomic.Bool // see Again
	aside  bool        // see Aside

	lock  *datadir.Lock
	vault *vault.Vault
	past  *metrics.Keeper // how this kai was
	seen  *tracing.Tracer // what followed from what
	watch background      // closes its minutes
	door  *clients.Door   // where browsers wait to be let in
	redis *cache.Redis    // nil for storage.cache memory

	// What the steps leave for those after them. Steps start one after another, so no lock is needed.
	unopened   atomic.Pointer[fault.Fault] // why the keyring did not open the vault; nil where it did, or was not asked
	store      store.Store
	live       upkeep.Live // that store, where nobody else can copy it (DuckDB lets in one process); else nil
	clock      *record.Clock
	files      *files.Keeper
	freeing    background
	gateway    service.Gateway
	supervise  *supervise.Supervisor
	engine     *run.Engine
	assistant  *assistant.Assistant
	keeper     *keys.Keeper // of the keys of services
	library    *library.Library
	folders    *folders.Keeper
	following  background // watched folders
	servers    *mcpservers.Servers
	guests     *sandbox.Guests
	tools      *tools.Host
	painter    *painter.Painter
	summaries  *summaries.Keeper
	queue      queue.Queue // nil where it did not start
	exchange   *exchange.Hub
	peers      *peers.Peers
	federation *federation.Node // nil without features.federation
	tidy       background
	beacon     background // lets other kai find this one
	socket     socket

	debugging sync.Mutex // guards session and calm
	session   *debug.Session
	calm      slog.Level // of the log before the session

	reloading sync.Mutex // one at a time
	holds     atomic.Pointer[Loaded]
}

// New prepares a kai. What the configuration needs and this version has not is refused with fault.Unsupported.
func New(opt Options) (*App, error) {
	if err := supported(opt.Config); err != nil {
		return nil, err
	}
	a := &App{opt: opt, quit: make(chan struct{}, 1)}
	a.holds.Store(&Loaded{opt.Config, opt.Trace})
	a.seen = tracing.New(tracing.Options{Version: opt.Version, Export: opt.Export, Now: opt.Now, Log: a.log("tracing")})
	a.past = metrics.New(metrics.Options{Sample: a.measured, Now: opt.Now})
	a.vault, a.redis = vault.At(VaultFile(opt.Dir, opt.Config), opt.Now), openRedis(opt)
	a.hello = protocol.Hello{App: Name, Version: opt.Version, Instance: record.NewID(opt.Now()), Capabilities: []string{"run", "service"}}
	if opt.Config.Auth.Mode == config.AuthLocalVault {
		a.hello.Capabilities = append(a.hello.Capabilities, CapabilityVault)
	}
	a.federation = a.newFederation()
	a.door = clients.NewDoor(clients.In(opt.Dir), opt.Now)
	views := a.seen.Calls(protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) { return a.serveView(ctx, r) }))
	a.api = api.New(api.Options{
		Network:    opt.Config.Networking,
		TLS:        opt.TLS,
		AnyPort:    opt.AnyPort,
		Token:      opt.Dir.Token,
		Client:     clients.In(opt.Dir).Knows,
		Revoked:    clients.In(opt.Dir).Revoked,
		Door:       a.door,
		Vault:      a.signsIn(),
		Web:        webapp.Embedded(),
		Hello:      a.hello,
		Handler:    views,
		Areas:      []api.Area{a.seen.Area, rest.Area(views, a.config, a.tasks), a.chatArea, mcp.Area(views, opt.Version, opt.Log), devtools.Area(a.inside, a.seen), a.past.Area, files.Area(func() *files.Keeper { return a.files })},
		Device:     a.serveCopy,
		Sync:       syncs{a},
		Federation: a.gate(),
		Health:     a.Health,
		Quit:       a.askToQuit,
		Log:        opt.Log.With("component", "api"),
		Now:        opt.Now,
	})
	a.driver = standalone.New(a.parts(), opt.Unbuilt, opt.Log.With("component", "driver"), opt.Now)
	return a, nil
}

// supported refuses what would be promised and not kept.
func supported(c config.Standalone) error {
	if c.Storage.DB == config.DBDuckDB && !HasDuckDB {
		return withoutDuckDB()
	}
	return nil
}

// parts are the steps of the table that this version has, with their code.
func (a *App) parts() []standalone.Part {
	parts := []standalone.Part{
		{Step: driver.StepStorage, Start: a.openStore, Stop: a.closeStore},
		a.vaultPart(),
		a.cachePart(),
		{Step: driver.StepServices, Start: a.openServices, Stop: a.closeServices},
		{Step: driver.StepEngine, Start: a.openEngine, Stop: a.closeEngine},
		{Step: driver.StepAssistant, Start: a.openAssistant, Stop: a.closeAssistant},
		a.tasksPart(),
		a.updatesPart(),
		a.telemetryPart(),
		{Step: driver.StepAPI, Start: a.api.Start, Stop: a.api.Stop},
		{Step: driver.StepSocket, Start: a.openSocket, Stop: a.closeSocket},
	}
	return slices.Concat(parts, a.federationParts(), a.watchedParts())
}

// Start takes the data directory and brings every step up. A directory in use answers fault.Conflict.
func (a *App) Start(ctx context.Context) error {
	lock, err := a.opt.Dir.Lock()
	if err != nil {
		return err
	}
	if _, err := a.opt.Dir.Token(); err != nil { // damaged: said now, not at the first call
		lock.Release()
		return err
	}
	if err := a.driver.Start(ctx); err != nil {
		lock.Release()
		return err
	}
	a.lock, a.watch = lock, begin(a.past.Run)
	return a.opt.Dir.Announce(datadir.Running{
		PID: os.Getpid(), Version: a.opt.Version, Mode: string(mode.Standalone), URL: a.api.URL(), Socket: a.socketAddress(), Started: a.opt.Now(),
	})
}

// Stop takes everything down within ctx: answers in the making and running tasks may finish within Drain while views still
// follow them, then views are cut, what is left is marked, the store is closed. It may be called twice.
func (a *App) Stop(ctx context.Context) error {
	if a.opt.Drain > 0 {
		drain, cancel := context.WithTimeout(ctx, a.opt.Drain)
		a.drain(drain)
		cancel()
	}
	a.watch.end()
	err := errors.Join(a.driver.Stop(ctx), a.seen.Close(ctx))
	if a.lock != nil {
		a.opt.Dir.Retract()
		a.lock.Release()
		a.lock = nil
	}
	return err
}

// Quit gives a value when somebody with the token asked this kai to stop (kai stop).
func (a *App) Quit() <-chan struct{} { return a.quit }

// askToQuit passes such a wish on; one is enough.
func (a *App) askToQuit() {
	select {
	case a.quit <- struct{}{}:
	default:
	}
}

// Health is the state of every step.
func (a *App) Health(ctx context.Context) driver.Health { return a.driver.Health(ctx) }

// URL is where the web app is served.
func (a *App) URL() string { return a.api.URL() }

// LoginURL is an address that signs in whoever opens it first.
func (a *App) LoginURL() string { return a.api.LoginURL() }

// openStore opens the database, and a clock that is past everything in it.
func (a *App) openStore(ctx context.Context) error {
	folder, err := a.opt.Dir.Make(a.opt.Config.Storage.Files)
	if err != nil {
		return err
	}
	inside, err := datadir.Open(folder)
	if err != nil {
		return err
	}
	opened, err := openDatabase(ctx, a.opt.Config.Storage.DB, inside)
	if err != nil {
		return err
	}
	a.live, _ = opened.(upkeep.Live)
	a.store = a.seen.Store(opened)
	a.clock = record.NewClock(replica(a.hello.Instance), a.opt.Now)
	if err := catchUp(ctx, a.store, a.clock); err != nil {
		a.log("storage").Warn("the clock can't be set past the newest record", "error", err)
	}
	if _, err := life.Live(ctx, a.store, a.clock.Replica(), a.newID); err != nil {
		return fault.Wrap(fault.CodeOf(err), err, "beginning a life of the store")
	}
	a.files = files.New(files.Options{Store: a.store, Clock: a.clock, Now: a.opt.Now, NewID: a.newID})
	a.freeing = begin(func(ctx context.Context) { a.files.Run(ctx, a.log("files")) })
	return nil
}

// log is the log of one component, which kai logs can filter by.
func (a *App) log(component string) *slog.Logger { return a.opt.Log.With("component", component) }

func (a *App) newID() string { return record.NewID(a.opt.Now()) }

// replica is the random end of this life's id.
func replica(instance string) string { return instance[len(instance)-8:] }

// catchUp moves the clock past the newest record, so that a computer whose clock was set back still writes newer versions.
func catchUp(ctx context.Context, s store.Store, clock *record.Clock) error {
	head, err := s.Apply(ctx)
	if err != nil || head.Seq == 0 {
		return err
	}
	feed, err := s.Changes(ctx, head.Seq-1, 1)
	if err != nil {
		return err
	}
	for _, newest := range feed.Records {
		if err := clock.Observe(newest.Version); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) closeStore(context.Context) error {
	a.freeing.end()
	return a.store.Close()
}

// openServices prepares the connectors; nothing is asked yet.
func (a *App) openServices(context.Context) error {
	asking := cache.NewModels(service.NewLocal(a.seen.Transport(a.opt.Transport), kinds(), Name), a.cache())
	a.gateway = a.past.Counts(keys.New(asking, a.vault, a.opt.Know))
	a.supervise = a.supervisor()
	a.openTools()
	return nil
}

// openEngine takes up the journal: answers that a killed kai was making are marked interrupted.
func (a *App) openEngine(ctx context.Context) error {
	a.engine = run.NewEngine(a.seen.Runs(a.gateway), journal.New(a.store, a.clock), run.Options{Now: a.opt.Now, Log: a.log("engine")})
	return a.engine.Recover(ctx)
}

func (a *App) closeEngine(ctx context.Context) error { return a.engine.Close(ctx) }

// openAssistant starts the assistant of the web app. The companion that it looks for is this very process.
func (a *App) openAssistant(ctx context.Context) error {
	sealer, err := keys.OpenSealer(a.opt.Dir.File(sealerFile))
	if err != nil {
		return err
	}
	blobs := pictures.Blobs{Store: a.store, Taking: a.files.Taking}
	a.assistant = assistant.New(assistant.Deps{
		Store: a.store, Clock: a.clock, Gateway: a.gateway, Kinds: kinds(), Local: a.localServices,
		Runners: func() (here, companion run.Runner) { return a.engine, nil },
		Now:     a.opt.Now, Log: a.log("assistant"),
		Mode: string(mode.Standalone), UIMode: "tab", Version: a.opt.Version, Instance: a.hello.Instance,
		Publish: a.published, Blobs: blobs.Serve, Tools: a.tools.Call, Summaries: a.sumsUp, Keys: sealer,
		Find: func(ctx context.Context, in library.FindPassages) (library.FoundPassages, error) {
			return a.library.Find(ctx, in)
		},
	})
	a.exchange = exchange.New(exchange.Options{
		Store: a.assistant.Replicated(), Devices: a.store, Clock: a.clock, Now: a.opt.Now, NewID: a.newID, Log: a.log("exchange"), Pictures: blobs,
	})
	a.openLibrary()
	a.openPainter()
	a.openSummaries()
	a.openPeers()
	// Said before anybody can ask: until the first measurement a view would otherwise be told that nothing is kept.
	a.assistant.StorageChanged(ctx, assistant.StorageState{Backend: a.opt.Config.Storage.DB, Durable: true})
	if err := a.assistant.Start(ctx); err != nil {
		return err
	}
	a.assistant.CompanionChanged(ctx, assistant.CompanionState{State: assistant.CompanionConnected, Version: a.opt.Version})
	a.openKeeper(ctx, sealer)
	a.tidy = begin(a.exchange.Tidy)
	return nil
}

func (a *App) closeAssistant(ctx context.Context) error {
	a.tidy.end()
	return a.assistant.Close(ctx)
}

// localServices are the kinds that a new person is offered first.
func (a *App) localServices() []string {
	if a.config().Services.Ollama {
		return []string{"ollama"}
	}
	return nil
}

// Mode is standalone.
func (a *App) Mode() mode.Mode { return a.driver.Mode() }
