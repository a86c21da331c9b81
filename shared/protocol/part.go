package protocol

import (
	"strconv"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

// minFrame is the smallest limit that cutting honours: below it the envelope of a part would be most of the frame.
const minFrame = 512

const partTail = `","last":true}}`

// cutter turns one frame into parts whose own frames, escaping included, stay within limit.
type cutter struct {
	v, limit int
	id       string
	n        int
	rest     []byte
}

// next gives the next part's frame, and whether it is the last.
func (c *cutter) next() (frame []byte, last bool) {
	out := make([]byte, 0, min(c.limit, 2*len(c.rest)+minFrame))
	out = append(out, `{"v":`...)
	out = strconv.AppendInt(out, int64(c.v), 10)
	out = append(out, `,"id":"`...)
	out = appendEscaped(out, c.id)
	out = append(out, `","kind":"chunk","method":"frame.part","body":{"n":`...)
	out = strconv.AppendInt(out, int64(c.n), 10)
	out = append(out, `,"data":"`...)
	out, c.rest = fillEscaped(out, c.rest, c.limit-len(partTail))
	c.n++
	if len(c.rest) == 0 {
		return append(out, partTail...), true
	}
	return append(out, `"}}`...), false
}

// fillEscaped appends whole characters of text, escaped for a JSON string, while out stays within limit.
func fillEscaped(out, text []byte, limit int) (filled, rest []byte) {
	for len(text) > 0 {
		plain := plainPrefix(text, limit-len(out))
		out, text = append(out, text[:plain]...), text[plain:]
		if len(text) == 0 {
			break
		}
		size := 1
		if text[0] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(text)
		}
		before := len(out)
		out = appendEscaped(out, string(text[:size]))
		if len(out) > limit {
			return out[:before], text
		}
		text = text[size:]
	}
	return out, text
}

func plainPrefix(text []byte, most int) int {
	n := min(len(text), max(most, 0))
	for i, c := range text[:n] {
		if c >= utf8.RuneSelf || c < ' ' || c == '"' || c == '\\' {
			return i
		}
	}
	return n
}

// appendEscaped appends s as the inside of a JSON string with the fewest escapes; bytes that are not UTF-8 become U+FFFD.
func appendEscaped[T string | []byte](out []byte, s T) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			out, i = utf8.AppendRune(out, r), i+size
			continue
		}
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
		i++
	}
	return out
}

// assembler joins parts. Its limits hold over all unfinished frames together, so a liar cannot fill the memory.
type assembler struct {
	maxOpen, maxBytes int
	bytes             int
	open              map[string]*fragment
}

type fragment struct {
	next int
	data []byte
}

// add takes one part and returns the whole frame with the last one. fault.Malformed drops that one frame;
// fault.Exhausted means that the connection cannot go on.
func (a *assembler) add(id string, p Part) ([]byte, error) {
	f, err := a.fragment(id, p)
	if err != nil {
		return nil, err
	}
	if a.bytes+len(p.Data) > a.maxBytes {
		return nil, fault.New(fault.Exhausted, "frames in parts came to more than %d bytes", a.maxBytes)
	}
	a.bytes += len(p.Data)
	f.data = append(f.data, p.Data...)
	f.next++
	if !p.Last {
		return nil, nil
	}
	a.drop(id)
	return f.data, nil
}

func (a *assembler) fragment(id string, p Part) (*fragment, error) {
	f := a.open[id]
	switch {
	case f == nil && p.N != 0:
		return nil, fault.New(fault.Malformed, "part %d came without the parts before it", p.N)
	case f != nil && p.N != f.next:
		a.drop(id)
		return nil, fault.New(fault.Malformed, "part %d came where %d was due", p.N, f.next)
	case f != nil:
		return f, nil
	case len(a.open) >= a.maxOpen:
		return nil, fault.New(fault.Exhausted, "more than %d frames in parts were begun and not finished", a.maxOpen)
	}
	if a.open == nil {
		a.open = make(map[string]*fragment)
	}
	f = &fragment{data: []byte{}} // an empty frame is whole, too
	a.open[id] = f
	return f, nil
}

func (a *assembler) drop(id string) {
	a.bytes -= len(a.open[id].data)
	delete(a.open, id)
}
