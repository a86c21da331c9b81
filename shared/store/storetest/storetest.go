// Package storetest is the whole test of a record store. A backend's test is one call:
//
//	storetest.Run(t, storetest.Options{Name: "memory", Open: func(testing.TB) store.Store { return memstore.New(store.Schema()) }})
//
// It uses the standard testing package only, so that it builds small for a browser. Imports shared/store, memstore.
package storetest

import (
	"os"
	"testing"

	"github.com/kindos/kai/shared/store"
)

// Options say how to get stores of one backend, and what the backend does not do.
type Options struct {
	// Name names the backend in the output.
	Name string

	// Open makes a fresh, empty store over store.Schema(). The suite closes what it opens; Open may register clean-up.
	Open func(testing.TB) store.Store

	// Reopen closes the store and opens what it kept; nil for a backend that keeps nothing.
	Reopen func(testing.TB, store.Store) store.Store

	// Gaps lists the powers that the backend lacks, each with the reason. A gap that is claimed but not there fails,
	// and so does one that is there but not claimed.
	Gaps map[Power]string

	// Older opens a copy of the fixture that Fill wrote with each earlier layout, by name; the newest layout is one of them,
	// so that it is there when it is no longer the newest.
	Older map[string]func(testing.TB) store.Store

	// Newer opens a store that a newer kAI wrote, by what is newer in it, and gives the error. It fails the test itself when
	// the refusal changed what was stored.
	Newer map[string]func(testing.TB) error

	// Records is the size of the load test, 10,000 when 0 (100,000 with KAI_SOAK set); Steps the length of a random run, 400
	// when 0.
	Records, Steps int
}

// Soak is the environment variable that makes tests long: what takes minutes and is not for every day.
const Soak = "KAI_SOAK"

// suite is one run over a backend.
type suite struct{ Options }

// testCase is one promise of the contract.
type testCase struct {
	name string
	run  func(suite, *testing.T)
}

// cases lists the promises in the order in which a new backend should make them true.
func cases() []testCase {
	return []testCase{
		{"an ended context stops every call", suite.endedContext},
		{"a context that ends in the midst leaves a batch whole", suite.endsInTheMidst},
		{"a context that ends in the midst leaves no half answer", suite.readingEndsInTheMidst},
		{"what is not stored reads as an empty version", suite.missing},
		{"a batch reads back, also by another order of keys", suite.readBack},
		{"the newer version wins", suite.versionOrder},
		{"writes in any order end in the same state", suite.convergence},
		{"a condition compares and swaps", suite.compareAndSwap},
		{"concurrent updates are all counted", suite.concurrentUpdates},
		{"a batch is all or nothing", suite.atomicBatch},
		{"a reader sees a batch whole", suite.wholeBatches},
		{"a tombstone is kept and found by key only", suite.tombstones},
		{"ids list in order and range", suite.idRanges},
		{"an index lists in order and range", suite.indexRanges},
		{"an index follows its field", suite.indexMoves},
		{"order is by bytes of UTF-8", suite.byteOrder},
		{"pages join without gap or repeat", suite.paging},
		{"pages hold while others write", suite.pagingUnderWrites},
		{"pages hold beside concurrent writers", suite.pagingBesideWriters},
		{"a cursor belongs to its query", suite.cursors},
		{"the change feed tells each record once", suite.changes},
		{"a batch takes the next numbers in its order", suite.batchNumbers},
		{"the change feed can be followed live", suite.followChanges},
		{"a store that was reopened has everything", suite.reopened},
		{"the change feed goes on across restarts", suite.feedAcrossRestarts},
		{"a store of every earlier version is brought forward", suite.upgrades},
		{"a store of a newer version is refused", suite.newerRefused},
		{"bodies keep their value", suite.bodies},
		{"the store shares no memory with its callers", suite.isolation},
		{"large bodies", suite.largeBodies},
		{"many records", suite.manyRecords},
		{"bad input is refused", suite.refusals},
		{"search finds words", suite.search},
		{"search knows all scripts", suite.searchScripts},
		{"search follows changes", suite.searchFollows},
		{"usage counts records", suite.measure},
		{"an export moves to another store unchanged", suite.exportMoves},
		{"blobs come back, whole and in parts", suite.blobs},
		{"bad blobs are refused and leave nothing", suite.blobRefusals},
		{"blobs list in order of their names", suite.blobLists},
		{"blobs may be put at the same time", suite.blobsPutTogether},
		{"a sweep takes what no record names", suite.blobSweeps},
		{"a blob that is put again becomes young", suite.blobsBecomeYoung},
		{"blobs are there after a restart", suite.blobsReopened},
		{"a sweep of deletions forgets those alone", suite.sweeps},
		{"a sweep of deletions keeps the feed's order and end", suite.sweepsFeed},
		{"a sweep of deletions beside a writer takes nothing of theirs", suite.sweepsBesideWriter},
		{"gaps are as claimed", suite.gaps},
		{"a closed store says so", suite.closed},
		{"random operations match the reference", suite.differential},
	}
}

// Run checks a backend against the whole contract.
func Run(t *testing.T, o Options) {
	t.Helper()
	switch {
	case o.Records > 0:
	case os.Getenv(Soak) != "":
		o.Records = 100_000
	default:
		o.Records = 10_000
	}
	if o.Steps == 0 {
		o.Steps = 400
	}
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { c.run(suite{o}, t) })
	}
}

// open gives a fresh store that is closed when the test ends.
func (s suite) open(t *testing.T) store.Store {
	t.Helper()
	opened := s.Open(t)
	t.Cleanup(func() { _ = opened.Close() }) // closing twice is allowed; tests that care check it
	return opened
}
