package idb_test

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"testing"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
	"github.com/kindos/kai/wasm/store/idb"
)

// fixtures are databases that storetest.Fill was written to, one for each layout.
//
//go:embed testdata/layout*.json
var fixtures embed.FS

// fixtureWanted prints the newest layout's, to be put into testdata; the older ones stay as they are.
var fixtureWanted = flag.Bool("fixture", false, "print the fixture of this layout") //nolint:gochecknoglobals // a test flag

func TestFixture(t *testing.T) {
	if !*fixtureWanted {
		t.Skip("only to make one")
	}
	s := openAs(t, t.Name(), idb.Options{})
	if err := storetest.Fill(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	_ = s.Close() // it is read from beside
	t.Log(trouble(t, "snapshot", t.Name()).String())
}

// restore makes the database of a fixture, or one that says it is of another version.
func restore(t testing.TB, name, fixture string, version int) {
	t.Helper()
	text, err := fixtures.ReadFile("testdata/" + fixture + ".json")
	if err != nil {
		t.Fatal(err)
	}
	trouble(t, "restore", name, string(text), version)
}

// older opens the databases of earlier layouts.
func (d databases) older() map[string]func(testing.TB) store.Store {
	out := map[string]func(testing.TB) store.Store{}
	for _, fixture := range []string{"layout1", "layout2", "layout3", "layout4", "layout5"} {
		out[fixture] = func(t testing.TB) store.Store {
			restore(t, t.Name(), fixture, 0)
			return d.open(t, t.Name())
		}
	}
	return out
}

// openNewer opens a database that a newer kAI wrote, and checks that the refusal left it as it was.
func openNewer(t testing.TB) error {
	t.Helper()
	restore(t, t.Name(), "layout5", idb.Version+1)
	before := trouble(t, "snapshot", t.Name()).String()
	_, err := idb.Open(context.Background(), shim(), idb.Options{Name: t.Name()})
	if after := trouble(t, "snapshot", t.Name()).String(); after != before {
		t.Errorf("a refused database was %s and is %s", before, after)
	}
	return err
}

// TestAnEarlierKAIWasGivenWhatItDidNotIndex: by an exchange with a later one.
func TestAnEarlierKAIWasGivenWhatItDidNotIndex(t *testing.T) {
	ctx := context.Background()
	name := t.Name()
	before := store.Schema()[:7]
	before[0].Indexes = before[0].Indexes[:1]
	earlier := openAs(t, name, idb.AtVersion(idb.Options{Schema: before}, 3))
	apply(t, earlier,
		conversation("c1", 1, `{"updated":"1","pinned":"2024","shelf":"f\u0000\u0001 1"}`),
		conversation("c2", 2, `{"updated":"2","pinned":7}`),
		conversation("c3", 3, `{"updated":"3","shelf":"f\u0000\u0001 3"}`),
		record.Record{Kind: record.KindConversation, ID: "c4", Version: "000000000004-0000-test", Deleted: true})
	s := openAs(t, name, idb.Options{})
	for index, want := range map[string]string{"updated": "c1 c2 c3 ", "pinned": "c1 ", "shelf": "c1 c3 "} {
		page, err := s.List(ctx, store.Query{Kind: record.KindConversation, Index: index})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range page.Records {
			got += r.ID + " "
		}
		if got != want {
			t.Errorf("by %s: %q, want %q", index, got, want)
		}
	}
	apply(t, s, conversation("c1", 9, `{"updated":"9"}`)) // rewritten, it leaves the indexes
	page, err := s.List(ctx, store.Query{Kind: record.KindConversation, Index: "pinned"})
	if err != nil || len(page.Records) != 0 {
		t.Errorf("still pinned: %v %v", page.Records, err)
	}
}

func conversation(id string, n int, body string) record.Record {
	return record.Record{Kind: record.KindConversation, ID: id, Version: record.Version(fmt.Sprintf("%012x-0000-test", n)), Body: []byte(body)}
}
