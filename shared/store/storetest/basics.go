package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (s suite) endedContext(t *testing.T) {
	st := s.open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := st.Apply(ctx, store.Put(message("m", 1, "c", "x")))
	wantCode(t, err, fault.Canceled)
	_, err = st.Get(ctx, key("m"))
	wantCode(t, err, fault.Canceled)
	_, err = st.List(ctx, store.Query{Kind: record.KindMessage})
	wantCode(t, err, fault.Canceled)
	_, err = st.Changes(ctx, 0, 0)
	wantCode(t, err, fault.Canceled)
	want(t, "version stored by the cancelled batch", get(t, st, key("m")).Version, "")

	late, cancel := context.WithTimeout(context.Background(), -1)
	defer cancel()
	_, err = st.Get(late, key("m"))
	wantCode(t, err, fault.Timeout)
}

func (s suite) missing(t *testing.T) {
	st := s.open(t)
	r := get(t, st, key("nobody"))
	want(t, "version", r.Version, "")
	want(t, "id", r.ID, "nobody")
	want(t, "kind", r.Kind, record.KindMessage)
	none, err := st.Get(context.Background())
	must(t, err)
	want(t, "records for no keys", len(none), 0)
	page, err := st.List(context.Background(), store.Query{Kind: record.KindMessage})
	must(t, err)
	want(t, "records in an empty store", len(page.Records), 0)
	want(t, "next page of an empty store", page.Next, "")
	feed, err := st.Changes(context.Background(), 0, 0)
	must(t, err)
	want(t, "changes in an empty store", len(feed.Records), 0)
}

func (s suite) readBack(t *testing.T) {
	st := s.open(t)
	a, b, c := message("a", 1, "c1", "one"), setting("b", 2, `{"x":1}`), tombstone(record.KindRun, "c", 3)
	res := put(t, st, a, b, c)
	for i, won := range res.Won {
		want(t, fmt.Sprintf("won[%d]", i), won, true)
	}
	out, err := st.Get(context.Background(), c.Key(), key("none"), a.Key(), b.Key(), a.Key())
	must(t, err)
	sameRecords(t, "read back", out, []record.Record{c, {Kind: record.KindMessage, ID: "none"}, a, b, a})
	empty, err := st.Apply(context.Background())
	must(t, err)
	want(t, "number after an empty batch", empty.Seq, res.Seq)
}

func (s suite) versionOrder(t *testing.T) {
	held := record.Version("000000000010-0010-m")
	for _, c := range []struct {
		version record.Version
		wins    bool
	}{
		{"000000000010-0010-m", false}, // the same again
		{"00000000000f-ffff-z", false}, // the wall time decides first
		{"000000000011-0000-a", true},
		{"000000000010-000f-z", false}, // then the counter
		{"000000000010-0011-a", true},
		{"000000000010-0010-l", false}, // then the replica
		{"000000000010-0010-n", true},
	} {
		st := s.open(t)
		first := setting("k", 0, `{"by":"first"}`)
		first.Version = held
		second := setting("k", 0, `{"by":"second"}`)
		second.Version = c.version
		before := put(t, st, first)
		after := put(t, st, second)
		want(t, "won with "+string(c.version), after.Won[0], c.wins)
		expected := first
		if c.wins {
			expected = second
		}
		want(t, "stored after "+string(c.version), show(get(t, st, first.Key())), show(expected))
		want(t, "number moved with "+string(c.version), after.Seq > before.Seq, c.wins)
	}
}

func (s suite) convergence(t *testing.T) {
	states := []record.Record{setting("k", 1, `{"v":1}`), tombstone(record.KindSetting, "k", 2), setting("k", 3, `{"v":3}`)}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		st := s.open(t)
		for _, i := range order {
			put(t, st, states[i])
		}
		want(t, fmt.Sprint("state after ", order), show(get(t, st, states[0].Key())), show(states[2]))
	}
}

func (s suite) closed(t *testing.T) {
	st := s.open(t)
	put(t, st, message("m", 1, "c", "x"))
	must(t, st.Close())
	must(t, st.Close())
	ctx := context.Background()
	_, err := st.Apply(ctx, store.Put(message("m", 2, "c", "x")))
	wantCode(t, err, fault.Unavailable)
	_, err = st.Get(ctx, key("m"))
	wantCode(t, err, fault.Unavailable)
	_, err = st.List(ctx, store.Query{Kind: record.KindMessage})
	wantCode(t, err, fault.Unavailable)
	_, err = st.Changes(ctx, 0, 0)
	wantCode(t, err, fault.Unavailable)
	for power, use := range powers() {
		if err := use(ctx, st); s.Gaps[power] == "" && fault.CodeOf(err) != fault.Unavailable {
			t.Fatalf("%s on a closed store answers %v, want %s", power, err, fault.Unavailable)
		}
	}
}
