package store_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func TestFieldsReadsTopLevelStringsOnly(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:        "",
		`{"a":"x"}`: "x",
		` { "b" : [ "a" , { "a":"no" } ] , "a" : "x" } `: "x",
		`{"a":"first","a":"last"}`:                       "last",
		`{"a":"first","a":7}`:                            "",
		`{"a":7}`:                                        "",
		`{"a":null,"b":"a"}`:                             "",
		`{"b":"a","c":"x"}`:                              "",
		`{"b":"\"a\":\"no\"","a":"x"}`:                   "x",
		`{"b":"\\","a":"\\"}`:                            `\`,
		`{"\u0061":"\u00e9\ud83d\ude00"}`:                "é😀",
		`{"a":"\ud800"}`:                                 "\uFFFD",
		`{"n":-1.5e+9,"t":true,"a":"x"}`:                 "x",
		`{"o":{"o":{"o":[[],{}]}},"a":"x"}`:              "x",
		`{"A":"no"}`:                                     "",
	} {
		assert.Equal(t, want, store.IndexKey(json.RawMessage(body), "a"), body)
	}
}

func TestDeriveGivesKeysAndWordsAsTheyAreGivenAlone(t *testing.T) {
	spec := store.KindSpec{Kind: "k", Indexes: []string{"a", "b"}, Text: []string{"c", "a"}}
	for _, r := range []record.Record{
		{Body: []byte(`{"c":"x","b":"y","a":"z"}`)}, {Body: []byte(`{"b":7,"c":"x"}`)}, {Body: []byte(`{}`)}, {Deleted: true},
	} {
		keys, words := store.Derive(spec, r)
		assert.Equal(t, store.IndexKeys(spec, r.Body), keys, string(r.Body))
		assert.Equal(t, store.Fold(store.Text(spec, r)), words, string(r.Body))
	}
}

// FuzzFields compares the quick reader with encoding/json on every valid object.
func FuzzFields(f *testing.F) {
	for _, seed := range []string{`"`, `{}`, `{"a":"x","b":{"a":"y"}}`, `{"a":"\"","b":"}"}`, `{"a":1,"a":"\u0062"}`, " {\n}\t", `{"":"","a":[{"b":"]"}]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := record.Record{Kind: "k", ID: "i", Version: "000000000001-0000-a", Body: []byte(body)}
		spec := store.KindSpec{Kind: "k", Text: []string{"a", "b", ""}}
		if store.NewKinds([]store.KindSpec{spec}).CheckRecord(r) != nil {
			_ = store.Fields(r.Body, spec.Text) // must not panic, whatever it says
			return
		}
		var decoded map[string]any
		if err := json.Unmarshal(r.Body, &decoded); err != nil {
			t.Fatalf("a checked body does not decode: %v", err)
		}
		for i, got := range store.Fields(r.Body, spec.Text) {
			want, _ := decoded[spec.Text[i]].(string) // anything else reads as ""
			if got != want {
				t.Fatalf("field %q of %s: got %q, want %q", spec.Text[i], body, got, want)
			}
		}
	})
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		" ...!":                   "",
		"Hello, World":            " hello world",
		"Ærøskøbing Łódź Straße":  " aeroskobing lodz strasse",
		"e\u0301te\u0301":         " ete",
		"Việt Nam":                " viet nam",
		"ΆΛΦΑ":                    " αλφα",
		"Ёлка":                    " елка",
		"snake_case-and/slash.go": " snake case and slash go",
		"你好world":                 " 你 好 world",
		"a1 2b":                   " a1 2b",
		"\xff\xfe bad utf8":       " bad utf8",
		"İstanbul":                " istanbul",
	} {
		assert.Equal(t, want, store.Fold(text), "%q", text)
	}
}

// FuzzFold holds what search relies on: folding twice changes nothing, a text matches each of its own words, and where a text
// stands in another changes nothing, although several characters are folded at a time.
func FuzzFold(f *testing.F) {
	for _, seed := range []string{
		"Hello World", "Straße", "你好 x", "\xff", "e\u0301", "İ", "ǅ", "a quiet  lake, and 12 otters IN it", "a@[`{/:z AZ az 09 ", "eight ch é eight ch  eight",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := store.Fold(text)
		if again := store.Fold(folded); again != folded {
			t.Fatalf("folding %q again gives %q", folded, again)
		}
		for before := "x "; len(before) < 10; before = "x" + before {
			if later := store.Fold(before + text); later != " "+before[:len(before)-1]+folded {
				t.Fatalf("folding %q after %q gives %q, alone %q", text, before, later, folded)
			}
		}
		if words := store.Words(text); len(words) > 0 && !store.Matches(folded, words) {
			t.Fatalf("%q does not match its own words %q", text, words)
		}
		if snippet := store.Snippet(text, store.Words(text)); len(snippet) > 4*130+6 {
			t.Fatalf("a snippet of %d bytes", len(snippet))
		}
	})
}

func TestSnippetShowsTheMatch(t *testing.T) {
	long := strings.Repeat("vorher ", 50) + "der Schlüssel passt " + strings.Repeat("nachher ", 50)
	for _, c := range []struct{ text, word, want string }{
		{"short text", "text", "short text"},
		{"two\n\n lines\tand  blanks", "lines", "two lines and blanks"},
		{"nothing here", "zzz", "nothing here"},
		{"", "x", ""},
	} {
		assert.Equal(t, c.want, store.Snippet(c.text, []string{c.word}))
	}
	got := store.Snippet(long, []string{"schlus"})
	assert.Contains(t, got, "der Schlüssel passt")
	assert.Less(t, len(got), 140)
	assert.Contains(t, store.Snippet(strings.Repeat("中", 5000)+"文", []string{"文"}), "文")
}
