package idb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/jsval"
	"github.com/kindos/kai/wasm/store/idb"
)

// trouble calls a helper of testdata/page.ts and waits for its promise.
func trouble(t testing.TB, method string, args ...any) js.Value {
	t.Helper()
	out, err := jsval.Call(js.Global().Get("kaiTest").Get("trouble"), method, args...)
	if err == nil && out.InstanceOf(js.Global().Get("Promise")) {
		out, err = jsval.Await(context.Background(), out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func openAs(t *testing.T, name string, opt idb.Options) *idb.Store {
	t.Helper()
	opt.Name = name
	s, err := idb.Open(context.Background(), shim(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // closing twice is allowed
	return s
}

func message(n, version int, text string) record.Record {
	body, _ := json.Marshal(map[string]string{"conversation": "c", "text": text}) // strings always marshal
	return record.Record{
		Kind: record.KindMessage, ID: fmt.Sprintf("m%06d", n), Version: record.Version(fmt.Sprintf("%012x-0000-test", version)), Body: body,
	}
}

func apply(t *testing.T, s store.Store, records ...record.Record) {
	t.Helper()
	batch := make([]store.Write, len(records))
	for i, r := range records {
		batch[i] = store.Put(r)
	}
	if _, err := s.Apply(context.Background(), batch...); err != nil {
		t.Fatal(err)
	}
}

func expectText(t *testing.T, s store.Store, n int, want string) {
	t.Helper()
	got, err := s.Get(context.Background(), record.Key{Kind: record.KindMessage, ID: fmt.Sprintf("m%06d", n)})
	if err != nil {
		t.Fatal(err)
	}
	if text := store.IndexKey(got[0].Body, "text"); text != want {
		t.Errorf("message %d says %q, want %q", n, text, want)
	}
}

func expectCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("fault %q (%v), want %q", got, err, want)
	} else if fault.Public(err).Remedy == "" && want != fault.Canceled {
		t.Errorf("%v has no remedy", err)
	}
}

func TestTheDatabaseHasEveryStoreOfTheSpecification(t *testing.T) {
	openAs(t, t.Name(), idb.Options{})
	const want = "agents blob_parts blobs conflicts conversations documents folders images logs messages meta passages personas prompts replicas services sessions settings sync_outbox vault vectors"
	if got := trouble(t, "stores", t.Name()).String(); got != want {
		t.Errorf("stores %q, want %q", got, want)
	}
}

func TestWhoeverOpenedLastWrites(t *testing.T) {
	first := openAs(t, t.Name(), idb.Options{})
	apply(t, first, message(1, 1, "first"))
	second := openAs(t, t.Name(), idb.Options{})
	_, err := first.Apply(context.Background(), store.Put(message(1, 2, "too late")), store.Put(message(2, 2, "too late")))
	expectCode(t, err, fault.Fenced)
	expectText(t, second, 1, "first")
	expectText(t, second, 2, "")
	apply(t, second, message(1, 3, "second"))
	expectText(t, second, 1, "second")
}

func TestANewerDatabaseIsRefused(t *testing.T) {
	trouble(t, "hold", t.Name(), idb.Version+1, false).Invoke()
	_, err := idb.Open(context.Background(), shim(), idb.Options{Name: t.Name()})
	expectCode(t, err, fault.Unsupported)
}

func TestAConnectionThatTheBrowserClosedIsOpenedAgain(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	apply(t, s, message(1, 1, "before"))
	drop(t, s)
	apply(t, s, message(2, 2, "after"))
	expectText(t, s, 1, "before")
	expectText(t, s, 2, "after")
}

// drop closes the database under the store, as the browser does when it needs the disk.
func drop(t *testing.T, s *idb.Store) {
	t.Helper()
	idb.DropForTest(s)
}

func TestAStoreReopenedAfterAnotherTookOverStaysFenced(t *testing.T) {
	first := openAs(t, t.Name(), idb.Options{})
	openAs(t, t.Name(), idb.Options{})
	drop(t, first)
	_, err := first.Apply(context.Background(), store.Put(message(1, 1, "too late")))
	expectCode(t, err, fault.Fenced)
}

func TestADatabaseTakenByANewerVersionSaysSo(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	apply(t, s, message(1, 1, "mine"))
	trouble(t, "upset", t.Name(), idb.Version+1)
	_, err := s.Apply(context.Background(), store.Put(message(2, 2, "late")))
	expectCode(t, err, fault.Unsupported)
}

func TestAFullDiskIsToldAndKeepsWhatThereIs(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	apply(t, s, message(1, 1, "kept"))
	mend := trouble(t, "refuse", "QuotaExceededError")
	_, err := s.Apply(context.Background(), store.Put(message(1, 2, "lost")), store.Put(message(2, 2, "lost")))
	mend.Invoke()
	expectCode(t, err, fault.Exhausted)
	expectText(t, s, 1, "kept")
	apply(t, s, message(1, 3, "goes on"))
	expectText(t, s, 1, "goes on")
}

func TestAnOlderKAIMakesWayForANewerOne(t *testing.T) {
	old := openAs(t, t.Name(), idb.Options{})
	apply(t, old, message(1, 1, "of old"))
	next := openAs(t, t.Name(), idb.AtVersion(idb.Options{}, idb.Version+1))
	expectText(t, next, 1, "of old")
	apply(t, next, message(2, 2, "new"))
	_, err := old.Apply(context.Background(), store.Put(message(1, 3, "too late")))
	expectCode(t, err, fault.Unsupported)
	expectText(t, next, 1, "of old")
}

func TestAnOlderKAIThatStaysIsToldAndNothingIsLost(t *testing.T) {
	first := openAs(t, t.Name(), idb.Options{})
	apply(t, first, message(1, 1, "kept"))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	release := trouble(t, "hold", t.Name(), idb.Version, true)
	later := idb.AtVersion(idb.Options{Name: t.Name(), Grace: 50 * time.Millisecond}, idb.Version+1)
	_, err := idb.Open(context.Background(), shim(), later)
	expectCode(t, err, fault.Conflict)
	release.Invoke()
	expectText(t, openAs(t, t.Name(), later), 1, "kept")
}

func TestADatabaseDeletedUnderTheProgramIsTold(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	apply(t, s, message(1, 1, "deleted"))
	trouble(t, "erase", t.Name())
	_, err := s.Apply(context.Background(), store.Put(message(2, 2, "after")))
	expectCode(t, err, fault.Unavailable)
	if text := fault.Public(err).Message; !strings.Contains(text, "deleted") {
		t.Errorf("told %q", text)
	}
	_, err = s.Get(context.Background(), message(1, 1, "").Key())
	expectCode(t, err, fault.Unavailable)
	apply(t, openAs(t, t.Name(), idb.Options{}), message(3, 3, "a fresh start"))
}

func TestRefusedStorageIsTold(t *testing.T) {
	for _, name := range []string{"SecurityError", "InvalidStateError", "UnknownError"} {
		for _, atOnce := range []bool{true, false} {
			mend := trouble(t, "forbid", t.Name(), name, atOnce)
			_, err := idb.Open(context.Background(), shim(), idb.Options{Name: t.Name()})
			mend.Invoke()
			expectCode(t, err, fault.Unavailable)
		}
	}
}

// Each start leaves a fence; a writer of long ago must not get through between them.
func TestEveryEarlierWriterStaysFenced(t *testing.T) {
	var earlier []*idb.Store
	for n := range 5 {
		s := openAs(t, t.Name(), idb.Options{})
		if n%2 == 0 {
			apply(t, s, message(n, n+1, "in turn"))
		}
		earlier = append(earlier, s)
	}
	var many []store.Write
	for n := range 20 {
		many = append(many, store.Put(message(100+n, 100, "too late")))
	}
	for _, s := range earlier[:4] {
		_, err := s.Apply(context.Background(), store.Put(message(0, 100, "too late")))
		expectCode(t, err, fault.Fenced)
		_, err = s.Apply(context.Background(), many...)
		expectCode(t, err, fault.Fenced)
	}
	expectText(t, earlier[4], 0, "in turn")
	expectText(t, earlier[4], 100, "")
}

// A run of numbers has one entry in the feed; where a batch goes on with the last one's, it must run into the fence too.
func TestAnEarlierWriterIsFencedWhereItsNumbersGoOn(t *testing.T) {
	ctx, first := context.Background(), openAs(t, t.Name(), idb.Options{})
	var packed []record.Record
	for n := range 10 {
		packed = append(packed, message(100*n, 1, "packed"))
	}
	if err := first.LoadBulk(ctx, packed); err != nil {
		t.Fatal(err)
	}
	openAs(t, t.Name(), idb.Options{})
	var late []store.Write
	for n := range 9 {
		late = append(late, store.Put(message(899-n, 2, "too late")))
	}
	_, err := first.Apply(ctx, late...)
	expectCode(t, err, fault.Fenced)
}

// The number that a follower goes on from and the newest change do not move because somebody started.
func TestAStartIsNoChange(t *testing.T) {
	var last uint64
	for n := range 4 {
		s := openAs(t, t.Name(), idb.Options{})
		if n == 0 {
			apply(t, s, message(1, 1, "x"), message(2, 1, "newest"))
		}
		head, err := s.Apply(context.Background())
		if err != nil || (n > 0 && head.Seq != last) {
			t.Fatalf("number %d, %v, want %d", head.Seq, err, last)
		}
		last = head.Seq
		feed, err := s.Changes(context.Background(), last-1, 1)
		if err != nil || len(feed.Records) != 1 || feed.Records[0].ID != message(2, 1, "").ID {
			t.Errorf("the newest change is %+v, %v", feed, err)
		}
	}
}

func TestDeletingWaitsForNobodyForever(t *testing.T) {
	release := trouble(t, "hold", t.Name(), 1, true)
	expectCode(t, idb.Delete(context.Background(), shim(), t.Name()), fault.Conflict)
	release.Invoke()
	if err := idb.Delete(context.Background(), shim(), t.Name()); err != nil {
		t.Error(err)
	}
}

func TestACancelledBatchIsWhollyThereOrNotAtAll(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	for n := range 20 {
		ctx, cancel := context.WithCancel(context.Background())
		go cancel()
		_, err := s.Apply(ctx, store.Put(message(2*n, n+1, "x")), store.Put(message(2*n+1, n+1, "x")))
		cancel()
		if err != nil {
			expectCode(t, err, fault.Canceled)
		}
		got, err := s.Get(context.Background(), message(2*n, 1, "").Key(), message(2*n+1, 1, "").Key())
		if err != nil || got[0].Version != got[1].Version {
			t.Errorf("batch %d: %q and %q, %v", n, got[0].Version, got[1].Version, err)
		}
	}
}

func TestAnAnswerBeingMadeLeavesOneLineInTheChangeFeed(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{Relaxed: func([]store.Write) bool { return true }})
	for version := range 50 {
		apply(t, s, message(1, version+1, fmt.Sprint("growing ", version)))
	}
	if n := trouble(t, "lines", t.Name(), "messages").Int(); n != 2 {
		t.Errorf("%d lines in the change feed, want the answer's and a fence", n)
	}
	expectText(t, s, 1, "growing 49")
}

// Numbers of the change feed are unique across values: those of a packed one must be let go of before others take them.
func TestTheFeedOfARewrittenPackIsWhole(t *testing.T) {
	ctx, s := context.Background(), openAs(t, t.Name(), idb.Options{})
	var many []record.Record
	for n := range 60 {
		many = append(many, message((n*37)%60, 1, "packed"))
	}
	if err := s.LoadBulk(ctx, many); err != nil {
		t.Fatal(err)
	}
	apply(t, s, message(1, 2, "second"), message(31, 2, "middle"), message(33, 2, "two on"))
	s = openAs(t, t.Name(), idb.Options{})
	for n := range 20 {
		apply(t, s, message(n, 3+n, "one by one"))
	}
	for _, since := range []uint64{0, 1, 30, 59, 60, 61, 62, 63, 64} {
		expectFeed(t, s, since)
	}
}

func TestAFollowerGoesOnInsideAPack(t *testing.T) {
	ctx, s := context.Background(), openAs(t, t.Name(), idb.Options{})
	var packed []record.Record
	for n := range 10 {
		packed = append(packed, message(n, 1, "packed"))
	}
	if err := s.LoadBulk(ctx, packed); err != nil {
		t.Fatal(err)
	}
	part, err := s.Changes(ctx, 0, 3)
	if err != nil || len(part.Records) != 3 || !part.More {
		t.Fatalf("%+v, %v", part, err)
	}
	rest, err := s.Changes(ctx, part.Seq, 100)
	if err != nil || len(rest.Records) != 7 || rest.Records[0].ID != packed[3].ID || rest.More {
		t.Errorf("%+v, %v", rest, err)
	}
}

// expectFeed reads the feed from a number on, one record at a time and at once: the same, in order, and no more than there is.
func expectFeed(t *testing.T, s *idb.Store, since uint64) {
	t.Helper()
	whole, err := s.Changes(context.Background(), since, 100)
	if err != nil || whole.More {
		t.Fatalf("%v, more %v", err, whole.More)
	}
	seen := map[string]bool{}
	for at := since; len(seen) < len(whole.Records); {
		one, err := s.Changes(context.Background(), at, 1)
		if err != nil || len(one.Records) != 1 || one.Seq <= at || one.Records[0].ID != whole.Records[len(seen)].ID || seen[one.Records[0].ID] {
			t.Fatalf("after %d of %d: %+v, %v", len(seen), len(whole.Records), one, err)
		}
		at, seen[one.Records[0].ID] = one.Seq, true
	}
	if since == 0 && len(seen) != 60 {
		t.Errorf("%d records in the feed, not 60", len(seen))
	}
}

func TestADatabaseOfTheFirstLayoutIsBroughtUp(t *testing.T) {
	trouble(t, "first", t.Name())
	s := openAs(t, t.Name(), idb.Options{})
	expectText(t, s, 1, "påcked one")
	expectText(t, s, 2, "packed two")
	apply(t, s, message(3, 3, "new"))
	feed, err := s.Changes(context.Background(), 1, 10)
	if err != nil || len(feed.Records) != 2 || feed.Records[0].ID != message(1, 1, "").ID || feed.Seq <= 5 {
		t.Errorf("%+v, %v", feed, err)
	}
	apply(t, s, message(2, 4, "rewritten"))
	expectText(t, s, 1, "påcked one")
	expectText(t, s, 2, "rewritten")
}

func TestRewritingInsideAPackedLeafKeepsItsNeighbours(t *testing.T) {
	ctx, s := context.Background(), openAs(t, t.Name(), idb.Options{})
	var many []record.Record
	for n := range 60 {
		many = append(many, message(10*n, 1, fmt.Sprint("packed ", n)))
	}
	if err := s.LoadBulk(ctx, many); err != nil {
		t.Fatal(err)
	}
	packed := trouble(t, "count", t.Name(), "messages").Int()
	apply(t, s, message(0, 2, "first"), message(300, 2, "middle"), message(305, 2, "between"), message(590, 2, "last"))
	if n := trouble(t, "count", t.Name(), "messages").Int(); packed >= 20 || n <= packed {
		t.Errorf("%d values packed, %d after rewriting", packed, n)
	}
	page, err := s.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c", Limit: 100})
	if err != nil || len(page.Records) != 61 {
		t.Fatalf("%d records, %v", len(page.Records), err)
	}
	expectText(t, s, 290, "packed 29")
	expectText(t, s, 300, "middle")
	expectText(t, s, 305, "between")
	expectText(t, s, 310, "packed 31")
	expectText(t, s, 580, "packed 58")
	expectText(t, s, 590, "last")
}

func TestOpeningEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	if _, err := idb.Open(ctx, shim(), idb.Options{Name: t.Name()}); fault.CodeOf(err) != fault.Timeout {
		t.Errorf("%v", err)
	}
}
