package store

import "bytes"

// maxNesting is encoding/json's own limit on depth.
const maxNesting = 10_000

// validObject says whether text is one JSON object, as json.Valid would. Every record passes through here, and inside a
// browser encoding/json takes ten times as long for it.
func validObject(text []byte) bool {
	v := validator{text: text}
	v.blank()
	if v.peek() != '{' || !v.value(1) {
		return false
	}
	v.blank()
	return v.at == len(v.text)
}

type validator struct {
	text []byte
	at   int
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

func (v *validator) value(depth int) bool {
	switch c := v.peek(); {
	case c == '{':
		return depth <= maxNesting && v.list('}', depth, true)
	case c == '[':
		return depth <= maxNesting && v.list(']', depth, false)
	case c == '"':
		return v.quoted()
	case c == '-' || isDigit(c):
		return v.number()
	default:
		return v.word("true") || v.word("false") || v.word("null")
	}
}

// list passes an object or an array, from its opening bracket on.
func (v *validator) list(end byte, depth int, named bool) bool {
	v.at++
	v.blank()
	if v.take(end) {
		return true
	}
	for {
		v.blank()
		if named && !v.name() {
			return false
		}
		if !v.value(depth + 1) {
			return false
		}
		v.blank()
		if v.take(end) {
			return true
		}
		if !v.take(',') {
			return false
		}
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
	text := v.text
	for at := v.at + 1; at < len(text); at++ {
		switch c := text[at]; {
		case c == '"':
			v.at = at + 1
			return true
		case c < ' ':
			return false
		case c == '\\':
			size := escapeLen(text[at:])
			if size == 0 {
				return false
			}
			at += size - 1
		}
	}
	return false
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
