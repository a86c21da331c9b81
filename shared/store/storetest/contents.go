package storetest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

func (s suite) bodies(t *testing.T) {
	st := s.open(t)
	for i, body := range []string{
		`{}`,
		` { "spaced" : [ 1 , 2 ] } `,
		`{"nul":"a\u0000b","quote":"\"\\/","controls":"\b\f\n\r\t\u001f"}`,
		`{"emoji":"👩‍👩‍👧 😀","rtl":"שלום","zh":"你好","combining":"é"}`,
		`{"line separators":"\u2028\u2029","html":"<script>&amp;</script>"}`,
		`{"big":12345678901234567890,"exact":0.1000000000000000055511151231257827,"exp":1e400,"neg":-0}`,
		`{"nested":{"a":[[[{"b":null}]],true,false]},"":"empty name","__proto__":{"x":1},"constructor":1}`,
		`{"lone":"\ud83d","pair":"\ud83d\ude00"}`,
		`{"` + strings.Repeat("k", 10_000) + `":"` + strings.Repeat("é", 10_000) + `"}`,
		`{"deep":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`,
	} {
		r := setting(fmt.Sprintf("b%d", i), 1, body)
		put(t, st, r)
		want(t, "body", show(get(t, st, r.Key())), show(r))
	}
	listed := list(t, st, store.Query{Kind: record.KindSetting, Equal: "b2"})
	want(t, "a listed body", strings.Contains(string(listed[0].Body), `\u0000`), true)
}

func (s suite) isolation(t *testing.T) {
	st := s.open(t)
	r := setting("k", 1, `{"v":"mine"}`)
	expected := show(r)
	put(t, st, r)
	spoil(r.Body)
	want(t, "after the writer changed its bytes", show(get(t, st, r.Key())), expected)
	spoil(get(t, st, r.Key()).Body)
	want(t, "after a reader changed its bytes", show(get(t, st, r.Key())), expected)
	spoil(list(t, st, store.Query{Kind: r.Kind})[0].Body)
	want(t, "after a lister changed its bytes", show(get(t, st, r.Key())), expected)
	records, _ := follow(t, st, 0, 0)
	spoil(records[0].Body)
	want(t, "after a follower changed its bytes", show(get(t, st, r.Key())), expected)
}

func spoil(b []byte) {
	for i := range b {
		b[i] = 'X'
	}
}

func (s suite) largeBodies(t *testing.T) {
	st := s.open(t)
	for _, size := range []int{1 << 20, 5 << 20} {
		r := message(fmt.Sprintf("big%d", size), 1, "c", strings.Repeat("0123456789abcdef ", size/17))
		_, err := st.Apply(context.Background(), store.Put(r))
		if size > 1<<20 && s.Gaps[LargeBodies] != "" {
			refusesOver(t, err)
			want(t, "version after the refusal", get(t, st, r.Key()).Version, "")
			continue
		}
		must(t, err)
		want(t, "body is kept", bytes.Equal(get(t, st, r.Key()).Body, r.Body), true)
	}
}

func (s suite) manyRecords(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	records := make([]record.Record, s.Records)
	for i := range records {
		records[i] = message(fmt.Sprintf("m%06d", i), i+1, fmt.Sprintf("c%03d", i%100), fmt.Sprintf("text number %d", i))
	}
	err := store.Load(ctx, st, records)
	if s.Gaps[ManyRecords] != "" {
		refusesOver(t, err)
		return
	}
	must(t, err)
	listed := list(t, st, store.Query{Kind: record.KindMessage, Limit: 1000})
	sameRecords(t, "listed", listed, records)
	changed, _ := follow(t, st, 0, 3000)
	want(t, "changes", len(changed), len(records))
	page, err := st.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c042", Reverse: true, Limit: 2})
	must(t, err)
	want(t, "last of a conversation", page.Records[0].ID, fmt.Sprintf("m%06d", s.Records-100+42))
	must(t, store.Load(ctx, st, records[:10])) // the same again changes nothing
	again, _ := follow(t, st, 0, store.MaxPage)
	want(t, "changes after loading some again", len(again), len(records))
}

func (s suite) measure(t *testing.T) {
	st := s.open(t)
	measurer, ok := st.(store.Measurer)
	if !ok {
		t.Skip(s.Gaps[Measure])
	}
	put(t, st, message("a", 1, "c", "x"), message("b", 1, "c", "x"), setting("s", 1, `{}`))
	put(t, st, tombstone(record.KindMessage, "a", 2))
	usage, err := measurer.Measure(context.Background())
	if fault.CodeOf(err) == fault.Unsupported {
		t.Skip(s.Gaps[Measure])
	}
	must(t, err)
	want(t, "messages", usage.Records[record.KindMessage], 1)
	want(t, "settings", usage.Records[record.KindSetting], 1)
	want(t, "durable", usage.Durable, s.Reopen != nil)
	if usage.Backend == "" || usage.Bytes <= 0 {
		t.Fatalf("usage is %+v", usage)
	}
}

// exportMoves writes an export of this store, imports it into the reference and back, and compares the bytes.
func (s suite) exportMoves(t *testing.T) {
	ctx, here, there, back := context.Background(), s.open(t), memstore.New(store.Schema()), s.open(t)
	put(t, here, message("b", 1, "c", "<b> & 😀"), message("a", 2, "c", "x"), setting("s", 3, ` {"z":"\u0000","a":2.50} `))
	put(t, here, tombstone(record.KindMessage, "b", 4))
	first := export(t, here)
	for _, step := range []struct{ from, to store.Store }{{here, there}, {there, back}} {
		text := export(t, step.from)
		sum, err := store.Import(ctx, step.to, store.Schema(), nil, bytes.NewReader(text))
		must(t, err)
		want(t, "records", sum.Records(), 3)
	}
	want(t, "export of the copy", string(export(t, back)), string(first))
}

func export(t *testing.T, st store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	_, err := store.Export(context.Background(), st, store.Schema(), &b)
	must(t, err)
	return b.Bytes()
}
