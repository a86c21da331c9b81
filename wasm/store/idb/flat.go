package idb

import (
	"encoding/json"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// flat reads a flat JSON list of strings and integers, which is all that the shim sends. It is ten times as fast as
// encoding/json; strings share the text's memory. The first mistake stays in err and every later value is zero.
type flat struct {
	text string
	at   int
	err  error
}

// open passes the opening bracket.
func (f *flat) open() { f.expect('[') }

// more says whether another value follows.
func (f *flat) more() bool { return f.err == nil && f.at < len(f.text) && f.text[f.at] != ']' }

// number reads an integer.
func (f *flat) number() int64 {
	f.skipComma()
	start, negative := f.at, false
	if f.at < len(f.text) && f.text[f.at] == '-' {
		negative = true
		f.at++
	}
	n, digits := int64(0), 0
	for ; f.at < len(f.text) && '0' <= f.text[f.at] && f.text[f.at] <= '9'; f.at++ {
		n, digits = n*10+int64(f.text[f.at]-'0'), digits+1
	}
	if digits == 0 || digits > 18 {
		f.fail(start)
		return 0
	}
	if negative {
		return -n
	}
	return n
}

// str reads a string.
func (f *flat) str() string {
	f.skipComma()
	start := f.at
	if f.expect('"'); f.err != nil {
		return ""
	}
	end := strings.IndexByte(f.text[f.at:], '"')
	if end < 0 {
		f.fail(start)
		return ""
	}
	plain := f.text[f.at : f.at+end]
	if strings.IndexByte(plain, '\\') < 0 {
		f.at += end + 1
		return plain
	}
	return f.escaped(start)
}

// escaped reads a string with a backslash in it.
func (f *flat) escaped(start int) string {
	for f.at = start + 1; f.at < len(f.text); f.at++ {
		switch f.text[f.at] {
		case '\\':
			f.at++
		case '"':
			f.at++
			var text string
			if json.Unmarshal([]byte(f.text[start:f.at]), &text) != nil {
				f.fail(start)
			}
			return text
		}
	}
	f.fail(start)
	return ""
}

func (f *flat) skipComma() {
	if f.at < len(f.text) && f.text[f.at] == ',' {
		f.at++
	}
}

func (f *flat) expect(c byte) {
	if f.err == nil && (f.at >= len(f.text) || f.text[f.at] != c) {
		f.fail(f.at)
		return
	}
	f.at++
}

func (f *flat) fail(at int) {
	if f.err == nil {
		f.err = fault.New(fault.Internal, "the database's answer breaks off at %d of %d", at, len(f.text))
	}
	f.at = len(f.text)
}

// bodies deals out the bytes of an answer.
type bodies struct {
	data []byte
	at   int
}

// read fills in the state of a record: version, tombstone or body. Bodies share the answer's bytes.
func (b *bodies) read(f *flat, r *record.Record) {
	r.Version = record.Version(f.str())
	size := f.number()
	switch {
	case size < 0:
		r.Deleted = true
	case size > int64(len(b.data)-b.at):
		f.fail(f.at)
	case size > 0:
		end := b.at + int(size)
		r.Body = b.data[b.at:end:end]
		b.at = end
	}
}

// decodeStates reads the answer of get: the state of each key in the order asked.
func decodeStates(ans answer, keys []record.Key) ([]record.Record, error) {
	f, b := flat{text: ans.head}, bodies{data: ans.data}
	f.open()
	out := make([]record.Record, len(keys))
	for i, key := range keys {
		out[i].Kind, out[i].ID = key.Kind, key.ID
		b.read(&f, &out[i])
	}
	return out, f.err
}

// decodeResult reads the answer of apply: the number after it, and a 1 or 0 for each write.
func decodeResult(ans answer) (store.Result, error) {
	f := flat{text: ans.head}
	f.open()
	out := store.Result{Seq: uint64(f.number())}
	won := f.str()
	out.Won = make([]bool, len(won))
	for i := range out.Won {
		out.Won[i] = won[i] == '1'
	}
	return out, f.err
}

// decodePage reads the answer of list.
func decodePage(ans answer, kind record.Kind) (records []record.Record, more bool, err error) {
	f, b := flat{text: ans.head}, bodies{data: ans.data}
	f.open()
	more = f.number() != 0
	records = make([]record.Record, 0, strings.Count(ans.head, ",")/3)
	for f.more() {
		r := record.Record{Kind: kind, ID: f.str()}
		b.read(&f, &r)
		records = append(records, r)
	}
	return records, more, f.err
}

// decodeFeed reads the answer of changes.
func (l layout) decodeFeed(ans answer) (store.Feed, error) {
	f, b := flat{text: ans.head}, bodies{data: ans.data}
	f.open()
	out := store.Feed{Records: []record.Record{}, More: f.number() != 0}
	out.Seq = uint64(f.number())
	for f.more() {
		kind := f.number()
		if kind < 0 || kind >= int64(len(l.schema)) {
			f.fail(f.at)
			break
		}
		r := record.Record{Kind: l.schema[kind].Kind, ID: f.str()}
		b.read(&f, &r)
		out.Records = append(out.Records, r)
	}
	return out, f.err
}
