package protocol

import (
	"bytes"
	"encoding/json"
)

// parseCanonical reads a frame that has the key order and no spaces, as encode writes it, in one pass over the body and
// without a copy. It says false for anything else (an escaped id, another order, a fault): encoding/json reads those.
func parseCanonical(frame []byte) (Envelope, bool) {
	var e Envelope
	s := scanner{rest: frame}
	v, ok := s.version()
	if !ok {
		return e, false
	}
	e.V = v
	if s.skip(`,"id":"`) {
		if e.ID, ok = s.text(); !ok {
			return e, false
		}
	}
	if !s.skip(`,"kind":"`) || !s.kind(&e.Kind) {
		return e, false
	}
	if s.skip(`,"method":"`) {
		if e.Method, ok = s.text(); !ok {
			return e, false
		}
	}
	if s.skip(`,"trace":"`) {
		if e.Trace, ok = s.text(); !ok {
			return e, false
		}
	}
	e.Body, ok = s.body()
	return e, ok
}

type scanner struct{ rest []byte }

func (s *scanner) skip(literal string) bool {
	if len(s.rest) < len(literal) || string(s.rest[:len(literal)]) != literal {
		return false
	}
	s.rest = s.rest[len(literal):]
	return true
}

// version reads `{"v":` and one non-zero digit; a second digit is left for encoding/json.
func (s *scanner) version() (int, bool) {
	if !s.skip(`{"v":`) || len(s.rest) == 0 || s.rest[0] < '1' || s.rest[0] > '9' {
		return 0, false
	}
	v := int(s.rest[0] - '0')
	s.rest = s.rest[1:]
	return v, true
}

// text reads a string up to its closing quote, when nothing in it is escaped.
func (s *scanner) text() (string, bool) {
	for i, c := range s.rest {
		switch {
		case c == '"':
			text := string(s.rest[:i])
			s.rest = s.rest[i+1:]
			return text, true
		case c == '\\' || c < ' ' || i > maxIDLength:
			return "", false
		}
	}
	return "", false
}

func (s *scanner) kind(out *Kind) bool {
	for _, k := range [...]Kind{KindChunk, KindReply, KindRequest, KindEvent, KindCancel} {
		if len(s.rest) > len(k) && s.rest[len(k)] == '"' && string(s.rest[:len(k)]) == string(k) {
			*out, s.rest = k, s.rest[len(k)+1:]
			return true
		}
	}
	return false
}

// body reads what is left: nothing, or one JSON value. A fault behind the body makes it more than one value.
func (s *scanner) body() (json.RawMessage, bool) {
	if string(s.rest) == "}" {
		return nil, true
	}
	if !s.skip(`,"body":`) || !bytes.HasSuffix(s.rest, []byte{'}'}) {
		return nil, false
	}
	value := s.rest[:len(s.rest)-1]
	return value[:len(value):len(value)], json.Valid(value)
}
