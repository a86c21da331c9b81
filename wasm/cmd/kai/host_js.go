package main

import (
	"context"
	"encoding/json"
	"syscall/js"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/shared/tool"
	"github.com/kindos/kai/wasm/jsval"
	"github.com/kindos/kai/wasm/runtime"
	"github.com/kindos/kai/wasm/store/chromestorage"
	"github.com/kindos/kai/wasm/store/idb"
)

// host is globalThis.kaiHost.
type host struct{ object js.Value }

func findHost() (*host, error) {
	object := js.Global().Get("kaiHost")
	if object.Type() != js.TypeObject {
		return nil, fault.New(fault.Internal, "globalThis.kaiHost is missing")
	}
	return &host{object}, nil
}

func (h *host) version() string { return jsval.Text(h.object.Get("version")) }
func (h *host) browser() string { return jsval.Text(h.object.Get("browser")) }
func (h *host) config() string  { return jsval.Text(h.object.Get("config")) }
func (h *host) private() bool   { return h.object.Get("private").Truthy() }

func (h *host) failed(err error) {
	f := fault.Public(err)
	text := f.Message
	if f.Remedy != "" {
		text += ": " + f.Remedy
	}
	_, _ = jsval.Call(h.object, "failed", text) // it is in the log already
}

func (h *host) snapshot(text string) { _, _ = jsval.Call(h.object, "snapshot", text) } // a missed look costs nothing
func (h *host) busy(on bool)         { _, _ = jsval.Call(h.object, "busy", on) }       // a wish, not a need

// originRule makes the browser leave the Origin header off requests to these addresses; see KaiHost.originRule.
func (h *host) originRule(ctx context.Context, urls []string) (string, error) {
	list, err := json.Marshal(urls)
	if err != nil {
		return "", err
	}
	promise, err := jsval.Call(h.object, "originRule", string(list))
	if err != nil {
		return "", err
	}
	why, err := jsval.Await(ctx, promise)
	return jsval.Text(why), err
}

// keys seals and opens with a key of this browser that no script can read; see KaiHost.keys.
type keys struct{ object js.Value }

// Seal seals a key.
func (k keys) Seal(ctx context.Context, key string) (string, error) { return k.ask(ctx, "seal", key) }

// Open opens a sealed key.
func (k keys) Open(ctx context.Context, sealed string) (string, error) {
	return k.ask(ctx, "open", sealed)
}

func (k keys) ask(ctx context.Context, what, text string) (string, error) {
	promise, err := jsval.Call(k.object, what, text)
	if err != nil {
		return "", err
	}
	value, err := jsval.Await(ctx, promise)
	return jsval.Text(value), err
}

// tool has the browser call one of its own tools; see KaiHost.tool.
func (h *host) tool(ctx context.Context, c tool.Call) (string, error) {
	promise, err := jsval.Call(h.object, "tool", c.Name, c.Source, c.Arguments)
	if err != nil {
		return "", err
	}
	value, err := jsval.Await(ctx, promise)
	if err != nil {
		return "", err
	}
	said := json.RawMessage(jsval.Text(value))
	if why := store.IndexKey(said, "fault"); why != "" {
		return "", fault.New(fault.Invalid, "%s", why)
	}
	return store.IndexKey(said, "text"), nil
}

// wrote is told of each batch of the store.
type wrote func(ctx context.Context, began time.Time, err error)

// openStore opens the configured store. Where the browser refuses storage the records are kept in memory, and the state
// says so; where opening would lose or hide what is stored, kAI does not start.
func openStore(ctx context.Context, h *host, cfg config.Browser, told wrote, log *logs.Logger) (store.Store, assistant.StorageState, error) {
	records, err := openConfigured(ctx, h, cfg, told, log)
	switch fault.CodeOf(err) {
	case "":
		return records, assistant.StorageState{}, nil
	case fault.Unsupported, fault.Conflict:
		return nil, assistant.StorageState{}, err
	}
	log.Error("records are kept in memory only", "err", err)
	state := assistant.StorageState{Backend: "memory", Fault: fault.Public(err)}
	return memstore.New(store.Schema()), state, nil
}

func openConfigured(ctx context.Context, h *host, cfg config.Browser, told wrote, log *logs.Logger) (store.Store, error) {
	if cfg.DataStore == config.DataChromeStorage {
		return chromestorage.Open(ctx, chromestorage.NewHostArea(h.object.Get("storage")), store.Schema(), log)
	}
	return idb.Open(ctx, h.object.Get("idb"), idb.Options{Relaxed: runtime.Relaxed, Wrote: told, Log: log})
}

func jsNow() time.Time { return time.Now() }
