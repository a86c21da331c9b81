package klp

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

var errNumber = errors.New("a number is too large for JSON")

// canonical writes a JSON value as RFC 8785 does: names sorted by their UTF-16, no spaces, texts and numbers as ECMAScript
// writes them. Of names that stand twice the last counts, and what is no Unicode becomes U+FFFD: neither comes out as it was.
func canonical(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return appendValue(make([]byte, 0, len(text)), value)
}

func appendValue(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case map[string]any:
		return appendObject(out, v)
	case []any:
		return appendList(out, v)
	case string:
		return AppendText(out, v), nil
	case json.Number:
		return appendNumber(out, v)
	case bool:
		return strconv.AppendBool(out, v), nil
	default:
		return append(out, "null"...), nil
	}
}

func appendObject(out []byte, fields map[string]any) ([]byte, error) {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b))) })
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(append(AppendText(out, name), ':'), fields[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendList(out []byte, values []any) ([]byte, error) {
	out = append(out, '[')
	for i, value := range values {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, value); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// appendNumber writes a number as the shortest text that reads back as the same double, with an exponent where ECMAScript
// has one.
func appendNumber(out []byte, number json.Number) ([]byte, error) {
	const leastPlain, mostPlain = 1e-6, 1e21
	f, err := number.Float64()
	if err != nil {
		return nil, errNumber
	}
	size := math.Abs(f)
	if size == 0 { // there is no -0
		return append(out, '0'), nil
	}
	if size >= leastPlain && size < mostPlain {
		return strconv.AppendFloat(out, f, 'f', -1, 64), nil
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e") // always there; Go writes two digits at least
	return append(out, mantissa+"e"+exponent[:1]+strings.TrimLeft(exponent[1:], "0")...), nil
}

// AppendText writes a JSON text as ECMAScript does, which encoding/json cannot: it always escapes U+2028.
func AppendText(out []byte, text string) []byte {
	const digits = "0123456789abcdef"
	out = append(out, '"')
	from := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, text[from:i]...)
		from = i + 1
		if short := strings.IndexByte("\b\t\n\f\r\"\\", c); short >= 0 {
			out = append(out, '\\', `btnfr"\`[short])
		} else {
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
		}
	}
	return append(append(out, text[from:]...), '"')
}
