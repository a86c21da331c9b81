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

// find searches messages through the helper, which scans when the backend cannot search.
func find(t *testing.T, st store.Store, words string, limit int) []store.Hit {
	t.Helper()
	hits, err := store.Search(context.Background(), st, store.TextQuery{Kind: record.KindMessage, Words: words, Limit: limit})
	must(t, err)
	return hits
}

func found(hits []store.Hit) string {
	out := make([]string, len(hits))
	for i, h := range hits {
		out[i] = h.Key.ID
	}
	return strings.Join(out, " ")
}

func (s suite) search(t *testing.T) {
	ctx, st := context.Background(), s.open(t)
	texts := []string{
		"The quick brown fox", "jumps over the LAZY dog", "Crème brûlée à la carte", "Straße nach Łódź", "你好世界",
		"say \"hello\" AND (goodbye) OR NOT near*", "foxes, dogs; quick-witted", "user@example.com:8080/path_name", "École Ελλάδα Россия",
	}
	for i, text := range texts {
		put(t, st, message(fmt.Sprintf("m%d", i), i+1, "c", text))
	}
	for _, c := range []struct{ words, want string }{
		{"quick", "m6 m0"}, {"QUICK", "m6 m0"}, {"qui", "m6 m0"}, {"uick", ""}, {"fox", "m6 m0"}, {"foxes", "m6"},
		{"quick fox", "m6 m0"}, {"fox quick", "m6 m0"}, {"brown quick", "m0"}, {"quick missing", ""},
		{"creme brulee", "m2"}, {"CRÈME", "m2"}, {"creme\u0301", "m2"}, {"strasse", "m3"}, {"lodz", "m3"}, {"ecole", "m8"},
		{"ελλαδα", "m8"}, {"россия", "m8"}, {"世界", "m4"}, {"好", "m4"}, {"hello and", "m5"}, {`"hello"`, "m5"}, {"near*", "m5"},
		{"OR", "m5"}, {"goodbye)", "m5"}, {"example", "m7"}, {"8080", "m7"}, {"user@example.com", "m7"}, {"name", "m7"},
		{"", ""}, {"  !? ", ""}, {"'; drop table", ""}, {"text:fox", ""}, {"the -lazy", "m1"}, {"^the", "m1 m0"},
	} {
		want(t, fmt.Sprintf("search %q", c.words), found(find(t, st, c.words, 0)), c.want)
	}
	want(t, "limit", found(find(t, st, "the", 1)), "m1")
	want(t, "snippet", find(t, st, "lazy", 0)[0].Snippet, texts[1])
	for _, q := range []store.TextQuery{
		{Kind: "ghost", Words: "x"}, {Kind: record.KindSetting, Words: "x"}, {Kind: record.KindMessage, Words: "x", Limit: -1},
		{Kind: record.KindMessage, Words: strings.Repeat("x ", 10_000)},
	} {
		_, err := store.Search(ctx, st, q)
		wantCode(t, err, fault.Invalid)
	}
}

// searchScripts looks for words of many scripts, beside a NUL too.
func (s suite) searchScripts(t *testing.T) {
	st := s.open(t)
	for i, text := range []string{`nul\u0000led`, `\u05e9\u05dc\u05d5\u05dd עולם`, "👩‍👩‍👧 family 😀", "नमस्ते दुनिया", "สวัสดี", "e\u0301te\u0301 naïve", "𝒜𝓁𝓅𝒽𝒶 ﬁsh"} {
		put(t, st, record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%d", i), Version: stamp(i + 1), Body: []byte(`{"conversation":"ç😀","text":"` + text + `"}`)})
	}
	for words, expected := range map[string]string{
		"nul": "m0", "led": "m0", "nul\x00led": "m0", "\x00": "", "שלום": "m1", "עולם": "m1", "family": "m2", "नमस्ते": "m3", "สวัสดี": "m4", "ete": "m5", "naive": "m5",
	} {
		want(t, fmt.Sprintf("search %q", words), found(find(t, st, words, 0)), expected)
	}
	want(t, "index", len(list(t, st, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "ç😀"})), 7)
}

func (s suite) searchFollows(t *testing.T) {
	st := s.open(t)
	long := strings.Repeat("filler ", 200) + "needle " + strings.Repeat("filler ", 200)
	conversation := record.Record{Kind: record.KindConversation, ID: "t", Version: stamp(1), Body: []byte(`{"title":"apple pie"}`)}
	put(t, st, message("a", 1, "c", "apple"), message("b", 1, "c", "apple"), message("l", 1, "c", long), conversation)
	want(t, "kind", found(find(t, st, "apple", 0)), "b a")
	put(t, st, message("a", 2, "c", "pear"), tombstone(record.KindMessage, "b", 2))
	want(t, "old words", found(find(t, st, "apple", 0)), "")
	want(t, "new words", found(find(t, st, "pear", 0)), "a")
	put(t, st, message("b", 3, "c", "apple again"))
	want(t, "restored", found(find(t, st, "apple", 0)), "b")
	put(t, st, message("b", 1, "c", "dropped"))
	want(t, "a dropped write", found(find(t, st, "dropped", 0)), "")
	must(t, store.Load(context.Background(), st, []record.Record{message("bulk", 1, "c", "loaded")}))
	want(t, "a bulk load", found(find(t, st, "loaded", 0)), "bulk")
	snippet := find(t, st, "needle", 0)[0].Snippet
	if !strings.Contains(snippet, "needle") || len(snippet) > 200 || !strings.HasPrefix(snippet, "…") || !strings.HasSuffix(snippet, "…") {
		t.Fatalf("the snippet of a long text is %q", snippet)
	}
}
