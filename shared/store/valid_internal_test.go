package store

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// asEncodingJSON is what validObject has to agree with.
func asEncodingJSON(text []byte) bool {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(text) && utf8.Valid(text)
}

func objects() []string {
	deep := func(n int) string {
		return `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	return []string{
		``, ` `, `{`, `}`, `{}`, ` {} `, `{} {}`, `{},`, `[]`, `1`, `"a"`, `null`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" : 1 , "b":[1, 2,{"c":null}]}`,
		`{"a":[1,]}`, `{"a":[,1]}`, `{"a":01}`, `{"a":-}`, `{"a":-0}`, `{"a":1.}`, `{"a":1.5e+3}`, `{"a":1e}`, `{"a":.5}`, `{"a":+1}`, `{"a":0x1}`,
		`{"a":tru}`, `{"a":truex}`, `{"a":false,"b":null}`, `{"a":"\"\\\/\b\f\n\r\té"}`, `{"a":"\u12g4"}`, `{"a":"\x"}`, `{"a":"\`, `{"a":"`, "{\"a\":\"\x01\"}",
		"{\"a\":\"\xff\"}", `{"é":"😀"}`, "\ufeff{}", "{\"a\":1}\x00", `{"a":"b"`, `{"a":"\u00`, `{1:2}`, deep(9_999), deep(10_000),
	}
}

func TestBodiesAreValidExactlyWhenEncodingJSONSaysSo(t *testing.T) {
	for _, text := range objects() {
		if got, want := validObject([]byte(text)), asEncodingJSON([]byte(text)); got != want {
			t.Errorf("%.60q: %v, encoding/json says %v", text, got, want)
		}
	}
}

func FuzzValidObject(f *testing.F) {
	for _, text := range objects() {
		if len(text) < 1000 {
			f.Add([]byte(text))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := validObject(text), asEncodingJSON(text); got != want {
			t.Errorf("%q: %v, encoding/json says %v", text, got, want)
		}
	})
}
