package idb_test

import (
	"context"
	"fmt"
	"syscall/js"
	"testing"

	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
	"github.com/kindos/kai/wasm/store/idb"
)

func shim() js.Value { return js.Global().Get("kaiTest").Get("idb") }

// databases names each test's database; the name is kept to reopen it.
type databases map[store.Store]string

func (d databases) open(t testing.TB, name string) store.Store {
	t.Helper()
	opened, err := idb.Open(context.Background(), shim(), idb.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	d[opened] = name
	return opened
}

func (d databases) fresh(t testing.TB) store.Store {
	t.Helper()
	return d.open(t, fmt.Sprintf("%s %d", t.Name(), len(d)))
}

func (d databases) reopen(t testing.TB, s store.Store) store.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return d.open(t, d[s])
}

func TestStore(t *testing.T) {
	d := databases{}
	storetest.Run(t, suite(d, d.fresh, d.reopen))
}

// suite is what the store is held to.
func suite(d databases, fresh func(testing.TB) store.Store, reopen func(testing.TB, store.Store) store.Store) storetest.Options {
	return storetest.Options{
		Name: "indexeddb", Open: fresh, Reopen: reopen, Older: d.older(), Newer: map[string]func(testing.TB) error{"layout": openNewer},
		Gaps: map[storetest.Power]string{
			storetest.TextSearch: "the assistant keeps the text of all messages in memory",
			storetest.Sweep:      "a deletion costs some 100 bytes, and only deleting all takes them back",
		},
	}
}
