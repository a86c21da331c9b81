package moving

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// errMalformed says that a text is no JSON.
var errMalformed = errors.New("no JSON")

// maxDepth is how deep a part may nest: readers go into it by recursion.
const maxDepth = 500

// part is a value of a JSON text: an element of the list that the text is or has under a key, or what else is under that key.
type part struct {
	key   string
	index int
	text  string // its JSON
	large bool   // longer or deeper than a part may be: no text
}

// Where a splitter is.
type where int

const (
	atStart where = iota
	atKey
	atColon
	atValue
	atItem
	atEnd
)

// splitter cuts a JSON text into its parts while it comes, so that a file of any size is never held as a whole. What is inside a
// part is for a parser to judge.
type splitter struct {
	most     int // bytes of a part
	where    where
	inObject bool
	key      string
	index    int

	// The part that is being gathered, and how deep in it we are.
	gathering       bool
	gathered        bytes.Buffer
	large           bool
	depth           int
	quoted, escaped bool
}

// push takes more of the text and gives the parts that end in it.
func (s *splitter) push(text []byte) (out []part, err error) {
	for i := 0; i < len(text); {
		if s.gathering {
			n, ended := s.inside(text[i:])
			s.gather(text[i : i+n])
			i += n
			if ended {
				if err := s.finish(&out); err != nil {
					return out, err
				}
			}
			continue
		}
		begins, err := s.between(text[i])
		if err != nil {
			return out, err
		}
		if !begins {
			i++ // else the byte is one of the part
		}
	}
	return out, nil
}

// whole says whether the text has come to its end.
func (s *splitter) whole() bool { return s.where == atEnd }

// inside walks on in a part, and says how many bytes are of it and whether it ends there.
func (s *splitter) inside(text []byte) (n int, ended bool) {
	for i, c := range text {
		switch {
		case s.escaped:
			s.escaped = false
		case s.quoted && c == '\\':
			s.escaped = true
		case c == '"':
			s.quoted = !s.quoted
			if !s.quoted && s.depth == 0 {
				return i + 1, true
			}
		case s.quoted:
		case c == '{' || c == '[':
			s.depth++
			s.large = s.large || s.depth > maxDepth
		case c == '}' || c == ']':
			if s.depth == 0 {
				return i, true // of what holds the part
			}
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		case s.depth == 0 && (c == ',' || c == ':'):
			return i, true
		}
	}
	return len(text), false
}

func (s *splitter) gather(text []byte) {
	if s.large = s.large || s.gathered.Len()+len(text) > s.most; s.large {
		s.gathered.Reset()
		return
	}
	s.gathered.Write(text)
}

func (s *splitter) finish(out *[]part) error {
	p := part{key: s.key, index: s.index, large: s.large}
	if !s.large {
		p.text = strings.ToValidUTF8(s.gathered.String(), "\uFFFD")
	}
	s.gathering = false
	s.gathered.Reset()
	if s.where == atKey {
		s.key, s.where = "", atColon
		if !p.large && json.Unmarshal([]byte(p.text), &s.key) != nil {
			return errMalformed
		}
		return nil
	}
	s.index++
	*out = append(*out, p)
	if s.where == atValue {
		s.where = atKey
	}
	return nil
}

func (s *splitter) begin(c byte) (bool, error) {
	if strings.IndexByte("}],:", c) >= 0 {
		return false, errMalformed
	}
	s.gathering, s.large, s.depth, s.quoted, s.escaped = true, false, 0, false, false
	return true, nil
}

// between takes a byte between parts and says whether it begins one.
func (s *splitter) between(c byte) (begins bool, err error) {
	if strings.IndexByte(" \n\r\t", c) >= 0 {
		return false, nil
	}
	switch s.where {
	case atStart:
		if c != '{' && c != '[' {
			return false, errMalformed
		}
		s.inObject = c == '{'
		s.leave()
	case atKey:
		switch c {
		case '}':
			s.where = atEnd
		case '"':
			return s.begin(c)
		case ',':
		default:
			return false, errMalformed
		}
	case atColon:
		if c != ':' {
			return false, errMalformed
		}
		s.where, s.index = atValue, 0
	case atValue:
		if c != '[' {
			return s.begin(c)
		}
		s.where = atItem
	case atItem:
		switch {
		case c == ']' && s.inObject:
			s.where = atKey
		case c == ']':
			s.where = atEnd
		case c != ',':
			return s.begin(c)
		}
	default:
		return false, errMalformed
	}
	return false, nil
}

// leave goes from the start into what the text is.
func (s *splitter) leave() {
	if s.where = atItem; s.inObject {
		s.where = atKey
	}
}
