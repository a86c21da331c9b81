// Command kai is the browser's kAI: the WebAssembly program that serves every view of one browser profile.
//
// It finds its surroundings at globalThis.kaiHost (ARCHITECTURE.md, "The program and its host"), waits to be the only one,
// and then serves until its page goes away. The one place in wasm/ that imports concretes.
package main

import (
	"context"
	"os"
	"syscall/js"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/wasm/bridge"
	"github.com/kindos/kai/wasm/fetch"
	"github.com/kindos/kai/wasm/jsval"
	"github.com/kindos/kai/wasm/nativeport"
	"github.com/kindos/kai/wasm/runtime"
	"github.com/kindos/kai/wasm/store/idb"
	"github.com/kindos/kai/wasm/syncbus"
)

func main() {
	log := logs.Default()
	h, err := findHost()
	if err != nil {
		log.Error("kAI has no host page", "err", err)
		os.Exit(1)
	}
	if err := serve(context.Background(), h, log); err != nil {
		log.Error("kAI cannot start", "err", err)
		h.failed(err)
		os.Exit(1)
	}
	select {} // the page ends the program
}

// serve brings the runtime up and hands it to the host.
func serve(ctx context.Context, h *host, log *logs.Logger) error {
	if err := holdLock(ctx, "kai-runtime"); err != nil {
		return fault.Wrap(fault.Unavailable, err, "kAI could not make sure to be the only one running").
			WithRemedy("restart the browser")
	}
	cfg, warnings, refused := runtime.ParseConfig(h.config())
	if refused != nil {
		log.Error("the configuration is wrong; the defaults hold", "err", refused)
	}
	for _, warning := range warnings {
		log.Warn("configuration", "problem", warning)
	}
	var r *runtime.Runtime
	records, state, err := openStore(ctx, h, cfg, func(ctx context.Context, began time.Time, err error) {
		if r != nil { // nothing is asked before it is there
			r.Wrote(ctx, began, err)
		}
	}, log)
	if err != nil {
		return err
	}
	bus, err := syncbus.Open(nil, log)
	if err != nil {
		return err
	}
	deps := runtime.Deps{
		Config: cfg, Refused: fault.Public(refused), Store: records, Storage: state, Private: h.private(), Fetch: fetch.New(h.object.Get("pump")),
		Version: h.version(), Instance: instance(), Browser: h.browser(),
		Dial: nativeport.NewDialer(h.object.Get("native")).Dial, OriginRule: h.originRule,
		Publish: publisher(bus, log), Snapshot: h.snapshot, Busy: h.busy, Log: log,
	}
	if h.object.Get("engine").Type() == js.TypeFunction {
		deps.Engine = fetch.By(h.object, "engine", h.object.Get("pump"))
	}
	if database, ok := records.(*idb.Store); ok {
		deps.Blobs = database.Blob
	}
	if object := h.object.Get("keys"); object.Truthy() {
		deps.Keys = keys{object}
	}
	if h.object.Get("tool").Truthy() {
		deps.Tool = h.tool
	}
	r = runtime.New(deps)
	if err := r.Start(ctx); err != nil {
		return err
	}
	hub := bridge.NewHub(r.Hello(), r, log)
	_, err = jsval.Call(h.object, "ready", hub.Program(ctx))
	return err
}

func publisher(bus *syncbus.Bus, log *logs.Logger) func(assistant.News) {
	return func(n assistant.News) {
		if err := bus.Publish(n); err != nil {
			log.Error("news did not go out", "err", err)
		}
	}
}

// instance names this start: the random end of a fresh id.
func instance() string {
	id := record.NewID(jsNow())
	return id[len(id)-12:]
}

// holdLock waits until this program holds a Web Lock, and keeps it for as long as the page lives.
func holdLock(ctx context.Context, name string) error {
	locks := js.Global().Get("navigator").Get("locks")
	if locks.Type() != js.TypeObject {
		return fault.New(fault.Unsupported, "this browser has no Web Locks")
	}
	granted := make(chan struct{})
	forever := js.Global().Get("Promise").New(js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	hold := js.FuncOf(func(js.Value, []js.Value) any {
		close(granted)
		return forever
	})
	if _, err := jsval.Call(locks, "request", name, hold); err != nil {
		return err
	}
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
