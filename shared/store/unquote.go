package store

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote reads a JSON string that is known to be valid; every other value reads as "". encoding/json reads it three times,
// character by character.
func Unquote(value []byte) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return ""
	}
	text := value[1 : len(value)-1]
	at := bytes.IndexByte(text, '\\')
	if at < 0 {
		return string(text)
	}
	out := make([]byte, 0, len(text))
	for at >= 0 {
		out = append(out, text[:at]...)
		out, text = unescape(out, text[at:])
		at = bytes.IndexByte(text, '\\')
	}
	return string(append(out, text...))
}

// unescape appends what an escape at the start of text stands for, and gives the text behind it.
func unescape(out, text []byte) ([]byte, []byte) {
	if len(text) < 2 {
		return out, nil
	}
	c := text[1]
	switch c {
	case 'b':
		c = '\b'
	case 'f':
		c = '\f'
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'u':
		r, size := unit(text), 6
		if utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, unit(text[min(6, len(text)):])); pair != utf8.RuneError {
				r, size = pair, 12
			} else {
				r = utf8.RuneError
			}
		}
		return utf8.AppendRune(out, r), text[min(size, len(text)):]
	}
	return append(out, c), text[2:]
}

// unit reads \uXXXX at the start of text; 0 when there is none.
func unit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}
