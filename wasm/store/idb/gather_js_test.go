package idb_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
	"github.com/kindos/kai/wasm/store/idb"
)

// The whole contract holds where every list joins what it meets.
func TestStoreThatJoinsAtOnce(t *testing.T) {
	d := joining{databases{}}
	storetest.Run(t, suite(d.databases, d.fresh, d.reopen))
}

// joining is databases whose lists join records from two on.
type joining struct{ databases }

func (d joining) open(t testing.TB, name string) store.Store {
	t.Helper()
	opened, err := idb.Open(context.Background(), shim(), idb.GatherFrom(idb.Options{Name: name}, 2))
	if err != nil {
		t.Fatal(err)
	}
	d.databases[opened] = name
	return opened
}

func (d joining) fresh(t testing.TB) store.Store {
	t.Helper()
	return d.open(t, fmt.Sprintf("%s joining %d", t.Name(), len(d.databases)))
}

func (d joining) reopen(t testing.TB, s store.Store) store.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return d.open(t, d.databases[s])
}

// listAll reads conversation c from its end, as a view does.
func listAll(t *testing.T, s *idb.Store) []record.Record {
	t.Helper()
	page, err := s.List(context.Background(), store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c", Reverse: true, Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	return page.Records
}

// chat writes messages one by one, a number apart.
func chat(t *testing.T, s *idb.Store, n int) {
	t.Helper()
	for i := range n {
		apply(t, s, message(10*i, 1, fmt.Sprint("said ", i)))
	}
}

// expectChat reads what chat wrote, all of it at once.
func expectChat(t *testing.T, s *idb.Store, n int) {
	t.Helper()
	keys := make([]record.Key, n)
	for i := range keys {
		keys[i] = record.Key{Kind: record.KindMessage, ID: message(10*i, 1, "").ID}
	}
	got, err := s.Get(context.Background(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		if text := store.IndexKey(r.Body, "text"); text != fmt.Sprint("said ", i) {
			t.Errorf("message %d reads %q", i, text)
		}
	}
}

func values(t *testing.T, name string) int {
	t.Helper()
	return trouble(t, "count", name, "messages").Int()
}

func TestWhatWasWrittenOneByOneIsJoinedOnceAListHasMetIt(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	chat(t, s, 60)
	before := values(t, t.Name())
	listAll(t, s)
	apply(t, s, message(605, 1, "another")) // waits for its turn behind what the list set off
	if n := values(t, t.Name()); before < 60 || n > 25 {
		t.Errorf("%d values before, %d after", before, n)
	}
	expectChat(t, s, 60)
	if n := len(listAll(t, s)); n != 61 {
		t.Errorf("%d messages in the list, not 61", n)
	}
	for _, since := range []uint64{1, 2, 30, 59} {
		expectFeed(t, s, since)
	}
	expectChat(t, openAs(t, t.Name(), idb.Options{}), 60)
}

func TestAJoinedMessageIsRewrittenAndItsNeighboursStay(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	chat(t, s, 60)
	listAll(t, s)
	apply(t, s, message(100, 2, "in other words"), message(105, 2, "between"))
	expectText(t, s, 100, "in other words")
	expectText(t, s, 105, "between")
	expectText(t, s, 90, "said 9")
	expectText(t, s, 110, "said 11")
}

func TestTheNewestMessagesStayAloneSinceOneOfThemIsBeingWritten(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	chat(t, s, 40)
	listAll(t, s)
	apply(t, s, message(395, 1, "another"))
	before := values(t, t.Name())
	apply(t, s, message(390, 2, "longer"), message(340, 2, "longer"))
	if n := values(t, t.Name()); n != before {
		t.Errorf("%d values, %d after rewriting the newest", before, n)
	}
}

func TestAFencedStoreJoinsNothing(t *testing.T) {
	first := openAs(t, t.Name(), idb.Options{})
	chat(t, first, 60)
	openAs(t, t.Name(), idb.Options{})
	before := values(t, t.Name())
	listAll(t, first)
	if _, err := first.Apply(context.Background(), store.Put(message(7, 1, "late"))); err == nil {
		t.Error("the first one still writes")
	}
	if n := values(t, t.Name()); n != before {
		t.Errorf("%d values, %d after the fenced one listed", before, n)
	}
}

// Readers know where records lay before they were joined, and read while they are.
func TestReadersBesideTheJoiningMissNothing(t *testing.T) {
	s := openAs(t, t.Name(), idb.GatherFrom(idb.Options{}, 2))
	chat(t, s, 60)
	expectChat(t, s, 60) // learns where everything is
	var readers sync.WaitGroup
	for range 10 {
		readers.Go(func() {
			listAll(t, s)
			expectChat(t, s, 60) // what the list sets off is under way
		})
	}
	readers.Wait()
	if n := values(t, t.Name()); n > 30 {
		t.Errorf("%d values: nothing was joined", n)
	}
	expectChat(t, s, 60)
}
