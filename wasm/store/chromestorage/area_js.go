package chromestorage

import (
	"context"
	"encoding/json"
	"syscall/js"

	"github.com/kindos/kai/wasm/jsval"
)

// HostArea is chrome.storage.local as the page that runs the program hands it in: kaiHost.storage, which takes and gives
// JSON text.
type HostArea struct{ object js.Value }

// NewHostArea wraps the host's object.
func NewHostArea(object js.Value) HostArea { return HostArea{object} }

// Get reads items; nil keys means all.
func (a HostArea) Get(ctx context.Context, keys []string) (map[string]json.RawMessage, error) {
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
func (a HostArea) Set(ctx context.Context, items map[string]json.RawMessage) error {
	text, err := json.Marshal(items)
	if err != nil {
		return err
	}
	_, err = a.call(ctx, "set", string(text))
	return err
}

// Remove deletes items.
func (a HostArea) Remove(ctx context.Context, keys []string) error {
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	_, err = a.call(ctx, "remove", string(list))
	return err
}

// Bytes is how much is stored.
func (a HostArea) Bytes(ctx context.Context) (int64, error) {
	n, err := a.call(ctx, "bytes")
	if err != nil || n.Type() != js.TypeNumber {
		return 0, err
	}
	return int64(n.Float()), nil
}

func (a HostArea) call(ctx context.Context, method string, args ...any) (js.Value, error) {
	promise, err := jsval.Call(a.object, method, args...)
	if err != nil {
		return js.Undefined(), err
	}
	return jsval.Await(ctx, promise)
}
