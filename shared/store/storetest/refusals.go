package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (s suite) refusals(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	good := message("good", 1, "c", "x")
	put(t, st, good)
	for name, batch := range badBatches() {
		_, err := st.Apply(ctx, batch...)
		refused(t, name, err)
	}
	for name, q := range badQueries() {
		_, err := st.List(ctx, q)
		refused(t, name, err)
	}
	for name, k := range map[string]record.Key{
		"get: unknown kind": {Kind: "ghost", ID: "a"}, "get: no id": {Kind: record.KindMessage},
		"get: long id": key(strings.Repeat("x", store.MaxIDBytes+1)), "get: NUL": key("a\x00"),
	} {
		_, err := st.Get(ctx, k)
		refused(t, name, err)
	}
	_, err := st.Get(ctx, make([]record.Key, store.MaxBatch+1)...)
	refused(t, "get: too many keys", err)
	records, _ := follow(t, st, 0, 0)
	sameRecords(t, "stored after all refusals", records, []record.Record{good})
	edge := message(strings.Repeat("~", store.MaxIDBytes), 1, strings.Repeat("c", store.MaxIndexBytes), "x")
	put(t, st, edge)
	want(t, "at the limits", show(get(t, st, edge.Key())), show(edge))
}

func refused(t *testing.T, name string, err error) {
	t.Helper()
	if fault.CodeOf(err) != fault.Invalid {
		t.Fatalf("%s: answers %v, want invalid", name, err)
	}
	if f := fault.Public(err); f.Message == "" || f.Remedy == "" || len(f.Message) > 400 {
		t.Fatalf("%s: the fault does not help: %+v", name, f)
	}
}

func badBatches() map[string][]store.Write {
	body := func(text string) []store.Write { return []store.Write{store.Put(setting("a", 1, text))} }
	id := func(text string) []store.Write { return []store.Write{store.Put(setting(text, 1, `{}`))} }
	version := func(text string) []store.Write {
		r := setting("a", 1, `{}`)
		r.Version = record.Version(text)
		return []store.Write{store.Put(r)}
	}
	dead := setting("a", 1, `{}`)
	dead.Deleted = true
	ghost := setting("a", 1, `{}`)
	ghost.Kind = "ghost"
	twice := store.Put(setting("a", 1, `{}`))
	many := make([]store.Write, store.MaxBatch+1)
	for i := range many {
		many[i] = store.Put(setting(fmt.Sprint(i), 1, `{}`))
	}
	return map[string][]store.Write{
		"unknown kind": {store.Put(ghost)}, "no id": id(""), "long id": id(strings.Repeat("x", store.MaxIDBytes+1)),
		"huge id": id(strings.Repeat("\x01", 1<<20)), "NUL in id": id("a\x00b"), "blank in id": id("a b"), "id not ASCII": id("ä"),
		"no version": version(""), "no clock's version": version("v1"), "version with NUL": version("000000000001-0000-a\x00"),
		"upper-case version": version("00000000000A-0000-a"),
		"no body":            body(""), "blank body": body("  "), "list body": body(`[]`), "null body": body(`null`), "cut body": body(`{"a":`),
		"two bodies": body(`{}{}`), "raw NUL in body": body("{\"a\":\"\x00\"}"), "body not UTF-8": body("{\"a\":\"\xff\"}"),
		"body too large":        body(`{"a":"` + strings.Repeat("x", store.MaxBodyBytes) + `"}`),
		"body on a tombstone":   {store.Put(dead)},
		"long index key":        {store.Put(message("a", 1, strings.Repeat("c", store.MaxIndexBytes+1), "x"))},
		"NUL in an index key":   {store.Put(record.Record{Kind: record.KindMessage, ID: "a", Version: stamp(1), Body: []byte(`{"conversation":"a\u0000"}`)})},
		"twice in a batch":      {twice, twice},
		"too many":              many,
		"condition not earlier": {store.PutIf(setting("a", 1, `{}`), stamp(1))},
		"one bad among good":    {store.Put(setting("x", 1, `{}`)), store.Put(ghost)},
	}
}

func badQueries() map[string]store.Query {
	long := strings.Repeat("x", store.MaxIndexBytes+1)
	return map[string]store.Query{
		"list: unknown kind":         {Kind: "ghost"},
		"list: no kind":              {},
		"list: unknown index":        {Kind: record.KindMessage, Index: "text"},
		"list: equal and from":       {Kind: record.KindMessage, Equal: "a", From: "a"},
		"list: equal and to":         {Kind: record.KindMessage, Equal: "a", To: "a"},
		"list: negative limit":       {Kind: record.KindMessage, Limit: -1},
		"list: large limit":          {Kind: record.KindMessage, Limit: store.MaxPage + 1},
		"list: tombstones by index":  {Kind: record.KindMessage, Index: "conversation", Deleted: true},
		"list: long bound":           {Kind: record.KindMessage, From: long},
		"list: index with a quote":   {Kind: record.KindMessage, Index: `x"; drop table records; --`},
		"list: cursor of other text": {Kind: record.KindMessage, After: strings.Repeat("A", 1<<20)},
	}
}
