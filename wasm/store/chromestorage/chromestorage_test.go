package chromestorage_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
	"github.com/kindos/kai/wasm/store/chromestorage"
)

// fakeArea behaves as chrome.storage.local: values are JSON, a call writes all or nothing, the quota counts keys and
// values. The real one is tested in the real extension.
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

func open(t testing.TB, area chromestorage.Area) *chromestorage.Store {
	t.Helper()
	s, err := chromestorage.Open(context.Background(), area, store.Schema(), logs.Discard())
	require.NoError(t, err)
	return s
}

func TestStore(t *testing.T) {
	areas := map[store.Store]*fakeArea{}
	begin := func(t testing.TB, area *fakeArea) store.Store {
		s := open(t, area)
		areas[s] = area
		return s
	}
	storetest.Run(t, storetest.Options{
		Name: "chrome_storage",
		Open: func(t testing.TB) store.Store { return begin(t, newFakeArea(0)) },
		Reopen: func(t testing.TB, s store.Store) store.Store {
			require.NoError(t, s.Close())
			return begin(t, areas[s])
		},
	})
}

func message(id, version, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: id, Version: record.Version(version + "-0000-test"), Body: json.RawMessage(`{"text":"` + text + `"}`)}
}

const v1, v2 = "000000000001", "000000000002"

func TestAFullQuotaIsToldAndKeepsWhatThereIs(t *testing.T) {
	ctx, s := context.Background(), open(t, newFakeArea(2000))
	_, err := s.Apply(ctx, store.Put(message("a", v1, "kept")))
	require.NoError(t, err)
	long := make([]byte, 3000)
	for i := range long {
		long[i] = 'x'
	}
	_, err = s.Apply(ctx, store.Put(message("a", v2, string(long))))
	require.Equal(t, fault.Exhausted, fault.CodeOf(err))
	require.NotEmpty(t, fault.Public(err).Remedy)
	got, err := s.Get(ctx, record.Key{Kind: record.KindMessage, ID: "a"})
	require.NoError(t, err)
	require.JSONEq(t, `{"text":"kept"}`, string(got[0].Body))
}

func TestAnEarlierWriterIsFenced(t *testing.T) {
	ctx, area := context.Background(), newFakeArea(0)
	first, second := open(t, area), (*chromestorage.Store)(nil)
	_, err := first.Apply(ctx, store.Put(message("a", v1, "first")))
	require.NoError(t, err)
	second = open(t, area)
	_, err = first.Apply(ctx, store.Put(message("a", v2, "too late")))
	require.Equal(t, fault.Fenced, fault.CodeOf(err))
	got, err := second.Get(ctx, record.Key{Kind: record.KindMessage, ID: "a"})
	require.NoError(t, err)
	require.JSONEq(t, `{"text":"first"}`, string(got[0].Body))
}

func TestWhatIsStoredByANewerKAIIsRefused(t *testing.T) {
	area := newFakeArea(0)
	area.items["kai/meta"] = json.RawMessage(`{"schema":999}`)
	_, err := chromestorage.Open(context.Background(), area, store.Schema(), logs.Discard())
	require.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestADamagedItemCostsOnlyItself(t *testing.T) {
	ctx, area := context.Background(), newFakeArea(0)
	s := open(t, area)
	_, err := s.Apply(ctx, store.Put(message("a", v1, "good")), store.Put(message("b", v1, "damaged below")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	area.items["kai/record/message/b"] = json.RawMessage(`{"seq":"x"`)
	area.items["kai/record/nonsense/c"] = json.RawMessage(`{"seq":9,"version":"?"}`)
	area.items["somebody else's"] = json.RawMessage(`1`)
	got, err := open(t, area).List(ctx, store.Query{Kind: record.KindMessage})
	require.NoError(t, err)
	require.Len(t, got.Records, 1)
}
