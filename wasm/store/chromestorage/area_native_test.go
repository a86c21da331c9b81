//go:build !js

package chromestorage_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/kindos/kai/wasm/store/chromestorage"
)

func newArea(testing.TB) chromestorage.Area      { return newFakeArea(0) }
func newSmallArea(testing.TB) chromestorage.Area { return newFakeArea(8192) }

// fakeArea behaves as chrome.storage.local: values are JSON, a call writes all or nothing, the quota counts keys and
// values. The same tests run on the real one, in a page of an extension.
type fakeArea struct {
	quota int

	mu    sync.Mutex
	items map[string]json.RawMessage
}

func newFakeArea(quota int) *fakeArea {
	return &fakeArea{quota: quota, items: map[string]json.RawMessage{}}
}

func (a *fakeArea) Get(ctx context.Context, keys []string) (map[string]json.RawMessage, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if keys == nil {
		return maps.Clone(a.items), ctx.Err()
	}
	out := map[string]json.RawMessage{}
	for _, key := range keys {
		if value, ok := a.items[key]; ok {
			out[key] = value
		}
	}
	return out, ctx.Err()
}

func (a *fakeArea) Set(ctx context.Context, items map[string]json.RawMessage) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	next := maps.Clone(a.items)
	maps.Copy(next, items)
	if a.quota > 0 && size(next) > a.quota {
		return errors.New("Error: QUOTA_BYTES quota exceeded") //nolint:staticcheck // the browser's own words
	}
	a.items = next
	return ctx.Err()
}

func (a *fakeArea) Remove(ctx context.Context, keys []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		delete(a.items, key)
	}
	return ctx.Err()
}

func (a *fakeArea) Bytes(context.Context) (int64, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return int64(size(a.items)), nil
}

func size(items map[string]json.RawMessage) int {
	n := 0
	for key, value := range items {
		n += len(key) + len(value)
	}
	return n
}
