package storetest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Fill writes what a fixture holds: every kind that a fixture's version knew, text in many scripts, a rewritten record, a
// tombstone. A backend calls it once for each version of its layout and keeps the file; see Options.Older.
func Fill(ctx context.Context, s store.Store) error {
	if _, err := s.Apply(ctx, puts(append(fixture(), message("m1", 1, "c1", "first")))[1:]...); err != nil {
		return err
	}
	_, err := s.Apply(ctx, puts(fixture()[:1])...)
	return err
}

// fixture is the newest state of what Fill writes; the first record is a rewritten one.
func fixture() []record.Record {
	return []record.Record{
		message("m1", 9, "c1", "an apple, rewritten"),
		message("m2", 2, "c1", "你好 שלום 😀 Ærøskøbing"),
		message("m3", 3, "c2", "a pear"),
		tombstone(record.KindMessage, "m4", 4),
		{Kind: record.KindConversation, ID: "c1", Version: stamp(5), Body: []byte(`{"title":"fruit","updated":"2024"}`)},
		{Kind: record.KindRun, ID: "r1", Version: stamp(6), Body: []byte(`{"conversation":"c1","state":"done"}`)},
		{Kind: record.KindService, ID: "s1", Version: stamp(7), Body: []byte(`{"big":12345678901234567890,"exact":0.10000000000000001}`)},
		setting("theme", 8, `{"nul":"a\u0000b"}`),
	}
}

func (s suite) upgrades(t *testing.T) {
	if s.Older == nil {
		t.Skip(s.schemaGap(t))
	}
	for version, open := range s.Older {
		t.Run(version, func(t *testing.T) {
			st := open(t)
			t.Cleanup(func() { _ = st.Close() }) // closing twice is allowed
			s.holdsFixture(t, st)
			if s.Reopen == nil {
				return
			}
			st = s.Reopen(t, st) // the second time nothing is left to upgrade
			t.Cleanup(func() { _ = st.Close() })
			s.holdsFixture(t, st)
			want(t, "an old version wins", put(t, st, message("m1", 8, "c9", "old")).Won[0], false)
			want(t, "a new version wins", put(t, st, message("m1", 20, "c9", "new")).Won[0], true)
			keepsEveryKind(t, st)
		})
	}
}

func (s suite) holdsFixture(t *testing.T, st store.Store) {
	t.Helper()
	expected := fixture()
	for _, r := range expected {
		want(t, "stored", show(get(t, st, r.Key())), show(r))
	}
	feed, _ := follow(t, st, 0, 3)
	sameRecords(t, "feed", feed, append(expected[1:], expected[0]))
	want(t, "index", ids(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c1"})), "m1 m2")
	want(t, "kept index", ids(list(t, st, store.Query{Kind: record.KindConversation, Index: "updated", Equal: "2024"})), "c1")
	want(t, "new index", ids(list(t, st, store.Query{Kind: record.KindConversation, Index: "pinned"})), "")
	for words, expected := range map[string]string{"apple rewritten": "m1", "first": "", "aeroskobing": "m2", "שלום": "m2"} {
		want(t, "search "+words, found(find(t, st, words, 0)), expected)
	}
}

// keepsEveryKind writes a record of each kind that there is now, also of those that came later, and finds it by every index.
func keepsEveryKind(t *testing.T, st store.Store) {
	t.Helper()
	for i, spec := range store.Schema() {
		fields := map[string]string{"name": "new"}
		for _, index := range spec.Indexes {
			fields[index] = "new"
		}
		body, err := json.Marshal(fields)
		must(t, err)
		r := record.Record{Kind: spec.Kind, ID: "new", Version: stamp(100 + i), Body: body}
		put(t, st, r)
		want(t, "kept", show(get(t, st, r.Key())), show(r))
		for _, index := range spec.Indexes {
			want(t, string(spec.Kind)+" by "+index, ids(list(t, st, store.Query{Kind: spec.Kind, Index: index, Equal: "new"})), "new")
		}
	}
}

func (s suite) newerRefused(t *testing.T) {
	if s.Newer == nil {
		t.Skip(s.schemaGap(t))
	}
	for what, open := range s.Newer {
		err := open(t)
		if fault.CodeOf(err) != fault.Unsupported {
			t.Fatalf("%s: a newer store answers %v, want unsupported", what, err)
		}
		if f := fault.Public(err); f.Remedy == "" {
			t.Fatalf("%s: the fault does not help: %+v", what, f)
		}
	}
}

// schemaGap is why a backend has nothing to upgrade; without a reason the test fails.
func (s suite) schemaGap(t *testing.T) string {
	t.Helper()
	if s.Reopen != nil && s.Gaps[Upgrades] == "" {
		t.Fatal("a backend that keeps records gives Options.Older and Options.Newer, or says why not in Gaps")
	}
	return s.Gaps[Upgrades]
}
