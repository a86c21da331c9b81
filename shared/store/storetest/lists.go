package storetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (s suite) idRanges(t *testing.T) {
	st := s.open(t)
	for i, id := range []string{"d", "b", "a", "e", "c"} {
		put(t, st, message(id, i+1, "c", "x"), setting(id, i+1, `{}`))
	}
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{}, "a b c d e"},
		{store.Query{Reverse: true}, "e d c b a"},
		{store.Query{From: "b"}, "b c d e"},
		{store.Query{To: "d"}, "a b c"},
		{store.Query{From: "b", To: "d"}, "b c"},
		{store.Query{From: "b", To: "d", Reverse: true}, "c b"},
		{store.Query{From: "bb", To: "dd"}, "c d"},
		{store.Query{From: "d", To: "b"}, ""},
		{store.Query{Equal: "c"}, "c"},
		{store.Query{Equal: "c", Reverse: true}, "c"},
		{store.Query{Equal: "cc"}, ""},
	} {
		for _, limit := range []int{0, 1, 2, 5} {
			c.q.Kind, c.q.Limit = record.KindMessage, limit
			want(t, fmt.Sprintf("%+v", c.q), ids(list(t, st, c.q)), c.want)
		}
	}
}

func (s suite) indexRanges(t *testing.T) {
	st := s.open(t)
	none := record.Record{Kind: record.KindMessage, ID: "n1", Version: stamp(1), Body: []byte(`{"text":"no conversation"}`)}
	number := record.Record{Kind: record.KindMessage, ID: "n2", Version: stamp(1), Body: []byte(`{"conversation":7}`)}
	inner := record.Record{Kind: record.KindMessage, ID: "n3", Version: stamp(1), Body: []byte(`{"a":{"conversation":"c1"}}`)}
	escaped := record.Record{Kind: record.KindMessage, ID: "m3", Version: stamp(1), Body: []byte(`{ "convers\u0061tion" : "\u0063\u0031" }`)}
	put(t, st, none, number, inner, escaped, message("n4", 1, "", "empty"))
	put(t, st, message("m5", 1, "c1", "x"), message("m4", 1, "c2", "x"), message("m2", 1, "c1", "x"), message("m1", 1, "c3", "x"))
	for _, c := range []struct {
		q    store.Query
		want string
	}{
		{store.Query{}, "m2 m3 m5 m4 m1"},
		{store.Query{Reverse: true}, "m1 m4 m5 m3 m2"},
		{store.Query{Equal: "c1"}, "m2 m3 m5"},
		{store.Query{Equal: "c1", Reverse: true}, "m5 m3 m2"},
		{store.Query{Equal: "c"}, ""},
		{store.Query{From: "c2"}, "m4 m1"},
		{store.Query{To: "c2"}, "m2 m3 m5"},
		{store.Query{From: "c1", To: "c3"}, "m2 m3 m5 m4"},
		{store.Query{From: "c1", To: "c3", Reverse: true}, "m4 m5 m3 m2"},
	} {
		for _, limit := range []int{0, 1, 2, 3} {
			c.q.Kind, c.q.Index, c.q.Limit = record.KindMessage, "conversation", limit
			want(t, fmt.Sprintf("%+v", c.q), ids(list(t, st, c.q)), c.want)
		}
	}
}

func (s suite) indexMoves(t *testing.T) {
	st := s.open(t)
	in := func(conversation string) string {
		return ids(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: conversation}))
	}
	put(t, st, message("m1", 1, "a", "x"), message("m2", 1, "a", "x"))
	put(t, st, message("m1", 2, "b", "x"))
	want(t, "left", in("a"), "m2")
	want(t, "moved", in("b"), "m1")
	put(t, st, record.Record{Kind: record.KindMessage, ID: "m1", Version: stamp(3), Body: []byte(`{}`)})
	want(t, "after the field went", in("b"), "")
	put(t, st, message("m1", 4, "a", "x"))
	want(t, "back", in("a"), "m1 m2")
	run := func(state string) record.Record {
		return record.Record{Kind: record.KindRun, ID: "r", Version: stamp(len(state)), Body: fmt.Appendf(nil, `{"conversation":"a","state":%q}`, state)}
	}
	put(t, st, run("made"))
	put(t, st, run("finished"))
	byState := store.Query{Kind: record.KindRun, Index: "state"}
	want(t, "two indexes of a kind", len(list(t, st, byState)), 1)
	byState.Equal = "made"
	want(t, "old state", len(list(t, st, byState)), 0)
}

// byteOrder uses texts that collate differently by language, by UTF-16 unit and by byte.
func (s suite) byteOrder(t *testing.T) {
	st := s.open(t)
	keys := []string{"B", "Z", "a", "a b", "a!", "ab", "b", "é", "中", "\uffee", "😀"}
	slices.Sort(keys)
	for i, k := range keys {
		put(t, st, message(fmt.Sprintf("m%02d", len(keys)-i), i+1, k, "x"))
	}
	got := list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Limit: 3})
	want(t, "records", len(got), len(keys))
	for i, r := range got {
		want(t, fmt.Sprintf("place of %q", keys[i]), r.ID, fmt.Sprintf("m%02d", len(keys)-i))
	}
	after := list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", From: "é"})
	want(t, "from é", len(after), 4)
	for _, id := range []string{"B", "a", "a-", "a~", "aB", "A/b"} {
		put(t, st, setting(id, 1, `{}`))
	}
	want(t, "ids", ids(list(t, st, store.Query{Kind: record.KindSetting})), "A/b B a a- aB a~")
}

func (s suite) paging(t *testing.T) {
	st := s.open(t)
	var records []record.Record
	for i := range 25 {
		records = append(records, message(fmt.Sprintf("m%02d", i), 1, fmt.Sprintf("c%d", i%3), "x"))
	}
	put(t, st, records...)
	for _, q := range []store.Query{
		{}, {Reverse: true}, {Index: "conversation"}, {Index: "conversation", Reverse: true}, {Index: "conversation", Equal: "c1"},
	} {
		q.Kind = record.KindMessage
		whole := ids(list(t, st, q))
		for _, limit := range []int{1, 3, 8, 24, 25, 26} {
			q.Limit = limit
			want(t, fmt.Sprintf("%+v", q), ids(list(t, st, q)), whole)
		}
	}
	exact, err := st.List(context.Background(), store.Query{Kind: record.KindMessage, Limit: 25})
	must(t, err)
	want(t, "next of a page that holds exactly the rest", exact.Next, "")
}

// pagingUnderWrites reads page by page while records around the cursor come, go and change.
func (s suite) pagingUnderWrites(t *testing.T) {
	for _, q := range []store.Query{{}, {Reverse: true}, {Index: "conversation", Equal: "c"}, {Index: "conversation", Reverse: true}} {
		st := s.open(t)
		stays := map[string]int{}
		for i := range 30 {
			id := fmt.Sprintf("m%02d", i*2)
			put(t, st, message(id, 1, "c", "x"))
			if i%5 != 0 {
				stays[id] = 0
			}
		}
		q.Kind, q.Limit = record.KindMessage, 4
		for round := 0; ; round++ {
			page, err := st.List(context.Background(), q)
			must(t, err)
			for _, r := range page.Records {
				if _, ok := stays[r.ID]; ok {
					stays[r.ID]++
				}
			}
			if q.After = page.Next; q.After == "" {
				break
			}
			disturb(t, st, round, page.Records)
		}
		for id, n := range stays {
			want(t, fmt.Sprintf("%+v: times that %s was seen", q, id), n, 1)
		}
	}
}

// disturb adds a record, deletes one of those that come and go (also the one the cursor stands on), and rewrites one.
func disturb(t *testing.T, st store.Store, round int, page []record.Record) {
	t.Helper()
	put(t, st, message(fmt.Sprintf("m%02d", (round*14+7)%60|1), 100+round, "c", "new"))
	last := page[len(page)-1]
	put(t, st, message(last.ID, 200+round, "c", "changed"))
	put(t, st, tombstone(record.KindMessage, fmt.Sprintf("m%02d", round*10%60), 300+round))
}

func (s suite) cursors(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	put(t, st, message("a", 1, "c", "x"), message("b", 1, "c", "x"), message("c", 1, "c", "x"))
	first, err := st.List(ctx, store.Query{Kind: record.KindMessage, Limit: 1})
	must(t, err)
	for name, q := range map[string]store.Query{
		"another kind":      {Kind: record.KindSetting, After: first.Next},
		"another direction": {Kind: record.KindMessage, Reverse: true, After: first.Next},
		"another index":     {Kind: record.KindMessage, Index: "conversation", After: first.Next},
		"another range":     {Kind: record.KindMessage, From: "b", After: first.Next},
		"noise":             {Kind: record.KindMessage, After: "%%%"},
		"base64 noise":      {Kind: record.KindMessage, After: "bm90aGluZw"},
		"a cut cursor":      {Kind: record.KindMessage, After: first.Next[:len(first.Next)-2]},
	} {
		_, err := st.List(ctx, q)
		if fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("the cursor of %s answers %v, want invalid", name, err)
		}
	}
	rest, err := st.List(ctx, store.Query{Kind: record.KindMessage, Limit: 50, After: first.Next})
	must(t, err)
	want(t, "with another limit", ids(rest.Records), "b c")
}
