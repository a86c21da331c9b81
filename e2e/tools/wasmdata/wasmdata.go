// Package wasmdata makes a WebAssembly module of Go's smaller to send.
//
// Go's linker leaves out every run of more than eight zero bytes, which cuts the data of our program into 94,000 segments.
// Their offsets are noise to a compressor: joined again over short gaps the module is larger on disk and 9 % smaller in
// brotli, and an engine has five segments to place instead. What is in memory at the start is the same byte for byte.
package wasmdata

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// maxGap is the longest run of zeros that is written out, in bytes.
const maxGap = 256

// dataSection is the number of the section that holds the segments.
const dataSection = 11

var errMalformed = errors.New("this is not a module that Go's linker made")

// segment is a piece of memory as it is at the start.
type segment struct {
	offset int64
	data   []byte
}

// Merge joins the data segments of a module.
func Merge(module []byte) ([]byte, error) {
	if !bytes.HasPrefix(module, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, errMalformed
	}
	out := append(make([]byte, 0, len(module)+len(module)/4), module[:8]...)
	for r := (reader{rest: module[8:]}); len(r.rest) > 0; {
		id := r.byte()
		body := r.bytes(r.unsigned())
		if r.err != nil {
			return nil, r.err
		}
		if id == dataSection {
			segments, err := parse(body)
			if err != nil {
				return nil, fmt.Errorf("read the data section: %w", err)
			}
			body = write(join(segments))
		}
		out = binary.AppendUvarint(append(out, id), uint64(len(body)))
		out = append(out, body...)
	}
	return out, nil
}

// parse reads active segments of the one memory at constant offsets, which is all that Go's linker writes.
func parse(body []byte) ([]segment, error) {
	r := reader{rest: body}
	count := r.unsigned()
	var out []segment
	for range count {
		r.expect(0x00) // active, in memory 0
		r.expect(0x41) // i32.const
		offset := r.signed()
		r.expect(0x0b) // end
		data := r.bytes(r.unsigned())
		if r.err != nil {
			return nil, r.err
		}
		out = append(out, segment{offset, data})
	}
	if len(r.rest) > 0 {
		return nil, errMalformed
	}
	return sorted(out)
}

// sorted puts segments in the order of memory. Overlapping ones depend on their own order and are refused: the zeros that
// join writes out would cover what another segment placed.
func sorted(segments []segment) ([]segment, error) {
	slices.SortFunc(segments, func(a, b segment) int { return cmp.Compare(a.offset, b.offset) })
	end := int64(0)
	for _, s := range segments {
		if s.offset < end {
			return nil, errMalformed
		}
		end = s.offset + int64(len(s.data))
	}
	return segments, nil
}

// join writes out the zeros between segments that follow closely on each other.
func join(segments []segment) []segment {
	var out []segment
	for _, s := range segments {
		if len(out) > 0 {
			last := &out[len(out)-1]
			gap := s.offset - last.offset - int64(len(last.data))
			if gap <= maxGap {
				last.data = append(append(last.data, make([]byte, gap)...), s.data...)
				continue
			}
		}
		out = append(out, segment{s.offset, bytes.Clone(s.data)})
	}
	return out
}

func write(segments []segment) []byte {
	out := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		out = append(out, 0x00, 0x41)
		out = append(appendSigned(out, s.offset), 0x0b)
		out = binary.AppendUvarint(out, uint64(len(s.data)))
		out = append(out, s.data...)
	}
	return out
}

// appendSigned writes LEB128, which is not the zigzag of encoding/binary.
func appendSigned(out []byte, n int64) []byte {
	for {
		low := byte(n & 0x7f)
		n >>= 7
		if (n == 0 && low&0x40 == 0) || (n == -1 && low&0x40 != 0) {
			return append(out, low)
		}
		out = append(out, low|0x80)
	}
}

// reader takes a module apart; the first mistake stays in err.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail() { r.err, r.rest = errMalformed, nil }

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) expect(want byte) {
	if r.byte() != want {
		r.fail()
	}
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail()
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) unsigned() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reader) signed() int64 {
	var n int64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
	r.fail()
	return 0
}
