package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// stamp makes a version at a millisecond.
func stamp(ms int) record.Version { return record.Version(fmt.Sprintf("%012x-0000-test", ms)) }

// message makes a message of a conversation; its fields are indexed and searched.
func message(id string, ms int, conversation, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: id, Version: stamp(ms),
		Body: fmt.Appendf(nil, `{"conversation":%q,"text":%q}`, conversation, text)}
}

// setting makes a record of an unindexed kind.
func setting(id string, ms int, body string) record.Record {
	return record.Record{Kind: record.KindSetting, ID: id, Version: stamp(ms), Body: []byte(body)}
}

func tombstone(kind record.Kind, id string, ms int) record.Record {
	return record.Record{Kind: kind, ID: id, Version: stamp(ms), Deleted: true}
}

func key(id string) record.Key { return record.Key{Kind: record.KindMessage, ID: id} }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != code {
		t.Fatalf("the answer is %q (%v), want %q", got, err, code)
	}
}

func want[T comparable](t *testing.T, what string, got, expected T) {
	t.Helper()
	if got != expected {
		t.Fatalf("%s: got %v, want %v", what, got, expected)
	}
}

func put(t *testing.T, s store.Store, records ...record.Record) store.Result {
	t.Helper()
	res, err := s.Apply(context.Background(), puts(records)...)
	must(t, err)
	want(t, "flags in the result", len(res.Won), len(records))
	return res
}

func puts(records []record.Record) []store.Write {
	batch := make([]store.Write, len(records))
	for i, r := range records {
		batch[i] = store.Put(r)
	}
	return batch
}

func get(t *testing.T, s store.Store, k record.Key) record.Record {
	t.Helper()
	out, err := s.Get(context.Background(), k)
	must(t, err)
	want(t, "records read", len(out), 1)
	return out[0]
}

// list reads every page of a query.
func list(t *testing.T, s store.Store, q store.Query) []record.Record {
	t.Helper()
	var out []record.Record
	for range 100_000 {
		page, err := s.List(context.Background(), q)
		must(t, err)
		if q.Limit > 0 && len(page.Records) > q.Limit {
			t.Fatalf("a page of %d records where %d were asked for", len(page.Records), q.Limit)
		}
		out = append(out, page.Records...)
		if q.After = page.Next; q.After == "" {
			return out
		}
		if len(page.Records) == 0 {
			t.Fatal("a page that is not the last has no records")
		}
	}
	t.Fatal("the list never ends")
	return nil
}

// follow reads the change feed from a number to its end.
func follow(t *testing.T, s store.Store, since uint64, limit int) ([]record.Record, uint64) {
	t.Helper()
	var out []record.Record
	for {
		feed, err := s.Changes(context.Background(), since, limit)
		must(t, err)
		out = append(out, feed.Records...)
		if feed.Seq < since || (feed.More && feed.Seq == since) {
			t.Fatalf("the feed goes from %d to %d", since, feed.Seq)
		}
		if since = feed.Seq; !feed.More {
			return out, since
		}
	}
}

func ids(records []record.Record) string {
	out := make([]string, len(records))
	for i, r := range records {
		out[i] = r.ID
	}
	return strings.Join(out, " ")
}

// show writes a record so that equal records have equal text.
func show(r record.Record) string {
	body, err := store.Canonical(r.Body)
	if err != nil {
		body = append([]byte("not JSON: "), r.Body...)
	}
	return fmt.Sprintf("%s/%s@%s deleted=%t %s", r.Kind, r.ID, r.Version, r.Deleted, body)
}

func showAll(records []record.Record) []string {
	out := make([]string, len(records))
	for i, r := range records {
		out[i] = show(r)
	}
	return out
}

func sameRecords(t *testing.T, what string, got, expected []record.Record) {
	t.Helper()
	a, b := showAll(got), showAll(expected)
	if !slices.Equal(a, b) {
		t.Fatalf("%s:\n got %s\nwant %s", what, cut(strings.Join(a, "\n     ")), cut(strings.Join(b, "\n     ")))
	}
}

func cut(text string) string {
	const most = 4000
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
