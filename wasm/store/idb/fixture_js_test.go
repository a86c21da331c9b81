package idb_test

import (
	"context"
	"embed"
	"flag"
	"testing"

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
	for _, fixture := range []string{"layout1", "layout2"} {
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
	restore(t, t.Name(), "layout2", idb.Version+1)
	before := trouble(t, "snapshot", t.Name()).String()
	_, err := idb.Open(context.Background(), shim(), idb.Options{Name: t.Name()})
	if after := trouble(t, "snapshot", t.Name()).String(); after != before {
		t.Errorf("a refused database was %s and is %s", before, after)
	}
	return err
}
