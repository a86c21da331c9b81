package chromestorage_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
	"github.com/kindos/kai/wasm/store/chromestorage"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("fault %q (%v), want %q", got, err, want)
	} else if fault.Public(err).Remedy == "" {
		t.Errorf("%v has no remedy", err)
	}
}

func expectBody(t *testing.T, s store.Store, id, want string) {
	t.Helper()
	got, err := s.Get(context.Background(), record.Key{Kind: record.KindMessage, ID: id})
	must(t, err)
	if string(got[0].Body) != want {
		t.Errorf("message %s is %s, want %s", id, got[0].Body, want)
	}
}

// set writes items past the store.
func set(t testing.TB, area chromestorage.Area, items map[string]string) {
	t.Helper()
	raw := map[string]json.RawMessage{}
	for key, value := range items {
		raw[key] = json.RawMessage(value)
	}
	must(t, area.Set(context.Background(), raw))
}

func open(t testing.TB, area chromestorage.Area) *chromestorage.Store {
	t.Helper()
	s, err := chromestorage.Open(context.Background(), area, store.Schema(), logs.Discard())
	must(t, err)
	return s
}

// In an extension's page this is chrome.storage.local itself; natively it is a map that is held to the same suite.
func TestStore(t *testing.T) {
	areas := map[store.Store]chromestorage.Area{}
	begin := func(t testing.TB, area chromestorage.Area) store.Store {
		s := open(t, area)
		areas[s] = area
		return s
	}
	storetest.Run(t, storetest.Options{
		Name: "chrome_storage",
		Open: func(t testing.TB) store.Store { return begin(t, newArea(t)) },
		Reopen: func(t testing.TB, s store.Store) store.Store {
			must(t, s.Close())
			return begin(t, areas[s])
		},
		Older: map[string]func(testing.TB) store.Store{
			"layout 1": func(t testing.TB) store.Store { return begin(t, filled(t, layout1)) },
			"layout 2": func(t testing.TB) store.Store { return begin(t, filled(t, layout2)) },
			"layout 3": func(t testing.TB) store.Store { return begin(t, filled(t, layout3)) },
		},
		Newer: map[string]func(testing.TB) error{"schema": openMarked},
		Gaps:  map[storetest.Power]string{storetest.Blobs: "its quota of 10 MB is for records, when there is no IndexedDB"},
	})
}

func message(id, version, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: id, Version: record.Version(version + "-0000-test"), Body: json.RawMessage(`{"text":"` + text + `"}`)}
}

const v1, v2 = "000000000001", "000000000002"

func TestAFullQuotaIsToldAndKeepsWhatThereIs(t *testing.T) {
	ctx, s := context.Background(), open(t, newSmallArea(t))
	_, err := s.Apply(ctx, store.Put(message("a", v1, "kept")))
	must(t, err)
	_, err = s.Apply(ctx, store.Put(message("a", v2, strings.Repeat("x", 9000))), store.Put(message("b", v2, "with it")))
	expectCode(t, err, fault.Exhausted)
	expectBody(t, s, "a", `{"text":"kept"}`)
	expectBody(t, s, "b", "")
	_, err = s.Apply(ctx, store.Put(message("a", v2, "goes on")))
	must(t, err)
	expectBody(t, s, "a", `{"text":"goes on"}`)
}

func TestAnEarlierWriterIsFenced(t *testing.T) {
	ctx, area := context.Background(), newArea(t)
	first := open(t, area)
	_, err := first.Apply(ctx, store.Put(message("a", v1, "first")))
	must(t, err)
	second := open(t, area)
	_, err = first.Apply(ctx, store.Put(message("a", v2, "too late")))
	expectCode(t, err, fault.Fenced)
	expectBody(t, second, "a", `{"text":"first"}`)
}

func TestADamagedItemCostsOnlyItself(t *testing.T) {
	ctx, area := context.Background(), newArea(t)
	s := open(t, area)
	_, err := s.Apply(ctx, store.Put(message("a", v1, "good")), store.Put(message("b", v1, "damaged below")))
	must(t, err)
	must(t, s.Close())
	set(t, area, map[string]string{
		"kai/record/message/b": `{"seq":"x"}`, "kai/record/nonsense/c": `{"seq":9,"version":"?"}`, "somebody else's": `1`,
	})
	got, err := open(t, area).List(ctx, store.Query{Kind: record.KindMessage})
	must(t, err)
	if len(got.Records) != 1 {
		t.Errorf("%d records, want 1", len(got.Records))
	}
}

func TestOnlyTheNewestStateOfARecordIsKept(t *testing.T) {
	ctx, area := context.Background(), newArea(t)
	s := open(t, area)
	for _, version := range []string{v1, v2} {
		_, err := s.Apply(ctx, store.Put(message("a", version, version)))
		must(t, err)
	}
	items, err := area.Get(ctx, nil)
	must(t, err)
	if len(items) != 2 { // the store's own and the record's
		t.Errorf("%d items", len(items))
	}
}
