package store

import (
	"bytes"
	"unicode/utf8"
)

// maxNesting is encoding/json's own limit on depth.
const maxNesting = 10_000

// validObject says whether text is one JSON object in UTF-8, as json.Valid and utf8.Valid would. Every record passes
// through here, and inside a browser encoding/json takes ten times as long for it. It does not call itself: lists in
// lists would overflow a browser's stack.
func validObject(text []byte) bool {
	v := validator{text: text}
	v.blank()
	if v.peek() != '{' || !v.value() {
		return false
	}
	v.blank()
	return v.at == len(v.text) && (v.wide == 0 || utf8.Valid(text))
}

type validator struct {
	text []byte
	at   int
	wide uint64 // not zero when a string has bytes beyond ASCII
}

// peek gives the next byte, 0 at the end; no JSON token starts with a NUL.
func (v *validator) peek() byte {
	if v.at < len(v.text) {
		return v.text[v.at]
	}
	return 0
}

// take moves past c if it comes next.
func (v *validator) take(c byte) bool {
	if v.at < len(v.text) && v.text[v.at] == c {
		v.at++
		return true
	}
	return false
}

func (v *validator) blank() {
	for v.at < len(v.text) {
		switch v.text[v.at] {
		case ' ', '\t', '\r', '\n':
			v.at++
		default:
			return
		}
	}
}

// value passes a value with all that is in it.
func (v *validator) value() bool {
	open := make([]byte, 0, 32) // the brackets that end what is open
	for {
		switch c := v.peek(); {
		case c == '{' || c == '[':
			if len(open) == maxNesting {
				return false
			}
			open = append(open, c+2) // the bracket that ends it, in ASCII
			v.at++
			v.blank()
			if v.peek() != c+2 {
				if c == '{' && !v.name() {
					return false
				}
				continue
			}
		case !v.scalar(c):
			return false
		}
		more, ok := v.after(&open)
		if !ok || !more {
			return ok
		}
	}
}

// after passes what stands behind a value: brackets that end what is open, and the way to the next value if there is one.
func (v *validator) after(open *[]byte) (more, ok bool) {
	for len(*open) > 0 {
		end := (*open)[len(*open)-1]
		v.blank()
		switch {
		case v.take(end):
			*open = (*open)[:len(*open)-1]
		case !v.take(','):
			return false, false
		default:
			v.blank()
			return true, end == ']' || v.name()
		}
	}
	return false, true
}

// scalar passes a value that holds no other and begins with c.
func (v *validator) scalar(c byte) bool {
	switch {
	case c == '"':
		return v.quoted()
	case c == '-' || isDigit(c):
		return v.number()
	default:
		return v.word("true") || v.word("false") || v.word("null")
	}
}

// name passes a member's name and colon, up to its value.
func (v *validator) name() bool {
	if v.peek() != '"' || !v.quoted() {
		return false
	}
	v.blank()
	if !v.take(':') {
		return false
	}
	v.blank()
	return true
}

func (v *validator) quoted() bool {
	for at := v.at + 1; ; {
		end, wide := special(v.text, at)
		v.wide |= wide
		switch {
		case end == len(v.text) || v.text[end] < ' ':
			return false
		case v.text[end] == '"':
			v.at = end + 1
			return true
		}
		size := escapeLen(v.text[end:])
		if size == 0 {
			return false
		}
		at = end + size
	}
}

// escapeLen is the length of the escape that text begins with, 0 for none.
func escapeLen(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	if text[1] != 'u' {
		if bytes.IndexByte([]byte(`"\/bfnrt`), text[1]) < 0 {
			return 0
		}
		return 2
	}
	if len(text) < 6 {
		return 0
	}
	for _, c := range text[2:6] {
		if !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 0
		}
	}
	return 6
}

func (v *validator) number() bool {
	v.take('-')
	if !v.take('0') && !v.digits() {
		return false
	}
	if v.take('.') && !v.digits() {
		return false
	}
	if v.take('e') || v.take('E') {
		if !v.take('+') {
			v.take('-')
		}
		return v.digits()
	}
	return true
}

// digits passes at least one digit.
func (v *validator) digits() bool {
	start := v.at
	for isDigit(v.peek()) {
		v.at++
	}
	return v.at > start
}

func (v *validator) word(word string) bool {
	if !bytes.HasPrefix(v.text[v.at:], []byte(word)) {
		return false
	}
	v.at += len(word)
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
