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

// openStore opens the configured store. Where the browser refuses storage the records are kept in memory, and the state
// says so; where opening would lose or hide what is stored, kAI does not start.
func openStore(ctx context.Context, h *host, cfg config.Browser, log *logs.Logger) (store.Store, assistant.StorageState, error) {
	records, err := openConfigured(ctx, h, cfg, log)
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

func openConfigured(ctx context.Context, h *host, cfg config.Browser, log *logs.Logger) (store.Store, error) {
	if cfg.DataStore == config.DataChromeStorage {
		return chromestorage.Open(ctx, area{h.object.Get("storage")}, store.Schema(), log)
	}
	return idb.Open(ctx, h.object.Get("idb"), idb.Options{Relaxed: runtime.Relaxed, Log: log})
}

// area is kaiHost.storage as chromestorage wants it.
type area struct{ object js.Value }

// Get reads items; nil keys means all.
func (a area) Get(ctx context.Context, keys []string) (map[string]json.RawMessage, error) {
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	text, err := a.call(ctx, "get", string(list))
	if err != nil {
		return nil, err
	}
	items := map[string]json.RawMessage{}
	return items, json.Unmarshal([]byte(jsval.Text(text)), &items)
}

// Set writes items, all or none.
func (a area) Set(ctx context.Context, items map[string]json.RawMessage) error {
	text, err := json.Marshal(items)
	if err != nil {
		return err
	}
	_, err = a.call(ctx, "set", string(text))
	return err
}

// Remove deletes items.
func (a area) Remove(ctx context.Context, keys []string) error {
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	_, err = a.call(ctx, "remove", string(list))
	return err
}

// Bytes is how much is stored.
func (a area) Bytes(ctx context.Context) (int64, error) {
	n, err := a.call(ctx, "bytes")
	if err != nil || n.Type() != js.TypeNumber {
		return 0, err
	}
	return int64(n.Float()), nil
}

func (a area) call(ctx context.Context, method string, args ...any) (js.Value, error) {
	promise, err := jsval.Call(a.object, method, args...)
	if err != nil {
		return js.Undefined(), err
	}
	return jsval.Await(ctx, promise)
}

func jsNow() time.Time { return time.Now() }
