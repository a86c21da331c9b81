package chromestorage_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall/js"
	"testing"

	"github.com/kindos/kai/wasm/store/chromestorage"
)

// parts counts the areas that were made.
var parts atomic.Int64

// newArea is a part of its own of the real chrome.storage.local, emptied when the test ends.
func newArea(t testing.TB) chromestorage.Area { return newPart(t, "storage") }

// newSmallArea is a part of chrome.storage.sync, which has room for 8 KB an item: the area of this extension that is local
// has none of the limits that a test could reach.
func newSmallArea(t testing.TB) chromestorage.Area { return newPart(t, "small") }

func newPart(t testing.TB, object string) chromestorage.Area {
	t.Helper()
	p := part{chromestorage.NewHostArea(js.Global().Get("kaiTest").Get(object)), fmt.Sprintf("%d/", parts.Add(1))}
	t.Cleanup(func() { must(t, p.clear(context.Background())) })
	return p
}

// part puts a prefix before every key, so that many stores share the one area that an extension has.
type part struct {
	chromestorage.HostArea
	prefix string
}

func (p part) Get(ctx context.Context, keys []string) (map[string]json.RawMessage, error) {
	items, err := p.HostArea.Get(ctx, p.named(keys))
	out := make(map[string]json.RawMessage, len(items))
	for key, value := range items {
		if own, ok := strings.CutPrefix(key, p.prefix); ok {
			out[own] = value
		}
	}
	return out, err
}

func (p part) Set(ctx context.Context, items map[string]json.RawMessage) error {
	out := make(map[string]json.RawMessage, len(items))
	for key, value := range items {
		out[p.prefix+key] = value
	}
	return p.HostArea.Set(ctx, out)
}

func (p part) Remove(ctx context.Context, keys []string) error {
	return p.HostArea.Remove(ctx, p.named(keys))
}

func (p part) named(keys []string) []string {
	if keys == nil {
		return nil
	}
	out := make([]string, len(keys))
	for i, key := range keys {
		out[i] = p.prefix + key
	}
	return out
}

func (p part) clear(ctx context.Context) error {
	items, err := p.Get(ctx, nil)
	if err != nil {
		return err
	}
	keys := make([]string, 0, len(items))
	for key := range items {
		keys = append(keys, key)
	}
	return p.Remove(ctx, keys)
}
