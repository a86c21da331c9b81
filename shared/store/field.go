package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/record"
)

// IndexKey is the text of a top-level string field of a body, or "" when there is none. An empty text counts as none:
// such a record is not in the index. The body must have passed CheckRecord.
func IndexKey(body json.RawMessage, field string) string {
	return Fields(body, []string{field})[0]
}

// IndexKeys gives the index keys of a body in the order of spec.Indexes; "" means not in that index.
func IndexKeys(spec KindSpec, body json.RawMessage) []string { return Fields(body, spec.Indexes) }

// Text gives what full-text search covers: the text fields of a record, one a line.
func Text(spec KindSpec, r record.Record) string {
	if r.Deleted || len(spec.Text) == 0 {
		return ""
	}
	return strings.Join(Fields(r.Body, spec.Text), "\n")
}

// Derive gives what a record is found by, in one look at its body: its keys as IndexKeys does, and its Text folded. A tombstone has
// neither.
func Derive(spec KindSpec, r record.Record) (keys []string, words string) {
	if r.Deleted {
		return make([]string, len(spec.Indexes)), ""
	}
	fields := Fields(r.Body, slices.Concat(spec.Indexes, spec.Text))
	return fields[:len(spec.Indexes)], Fold(strings.Join(fields[len(spec.Indexes):], "\n"))
}

// Fields reads top-level string fields of a valid JSON object in one pass without decoding the rest, which for a long
// message is nearly all of it. A name given twice in the body counts with its last value, as in encoding/json.
func Fields(body json.RawMessage, names []string) []string {
	out := make([]string, len(names))
	if len(names) == 0 {
		return out
	}
	Members(body, func(name, value []byte) {
		for i := range names {
			if names[i] == string(name) {
				out[i] = Unquote(value)
			}
		}
	})
	return out
}

// Members hands over each member of a valid JSON object: its name, and its value as JSON text. Both are the body's own
// memory where that can be.
func Members(body json.RawMessage, take func(name, value []byte)) {
	s := scanner{text: body, at: bytes.IndexByte(body, '{') + 1}
	for s.more() {
		name := s.value()
		if len(name) < 2 {
			return // not valid after all
		}
		if bytes.IndexByte(name, '\\') < 0 {
			name = name[1 : len(name)-1]
		} else {
			name = []byte(Unquote(name))
		}
		if value := s.value(); len(value) > 0 {
			take(name, value)
		}
	}
}

// scanner walks the members of an object that is known to be valid JSON.
type scanner struct {
	text []byte
	at   int
}

// more skips to the next member and says whether there is one.
func (s *scanner) more() bool {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			return true
		case '}':
			return false
		}
		s.at++
	}
	return false
}

// value returns the next JSON value, past blanks, commas and colons.
func (s *scanner) value() []byte {
	s.skipBetween()
	start, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			s.skipString()
			if depth == 0 {
				return s.text[start:s.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.text[start:s.at] // a number or a word, ended by its object
			}
			if depth--; depth == 0 {
				s.at++
				return s.text[start:s.at]
			}
		case ',':
			if depth == 0 {
				return s.text[start:s.at]
			}
		}
		s.at++
	}
	return s.text[start:s.at]
}

func (s *scanner) skipBetween() {
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return
		}
	}
}

// skipString moves past the string that starts here.
func (s *scanner) skipString() {
	for at := s.at + 1; at < len(s.text); at++ {
		at, _ = special(s.text, at)
		if at < len(s.text) && s.text[at] == '"' {
			s.at = at + 1
			return
		}
		if at < len(s.text) && s.text[at] == '\\' {
			at++ // what it stands before is no end
		}
	}
	s.at = len(s.text)
}
