package wasmdata

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// header begins the table of Go's functions (runtime.pcHeader): its magic, two bytes of padding, instructions of 1 byte and
// pointers of 8.
const header = "\xf1\xff\xff\xff\x00\x00\x01\x08"

// Places in the header, in bytes, of two offsets from its beginning: where the names of functions begin, and what follows them.
const (
	namesAt  = 32
	behindAt = 40
)

// Unname takes the names of functions out of a module that Merge made; files and lines stay. They are 30 KB of our program
// in brotli, and a trace of the stack, which is all that shows them, says the same by file and line.
func Unname(module []byte) ([]byte, error) {
	out := bytes.Clone(module)
	at := bytes.Index(out, []byte(header))
	if at < 0 || bytes.Contains(out[at+1:], []byte(header)) {
		return nil, fmt.Errorf("find the table of functions: %w", errMalformed)
	}
	table := out[at:]
	if len(table) < behindAt+8 {
		return nil, errMalformed
	}
	from, to := binary.LittleEndian.Uint64(table[namesAt:]), binary.LittleEndian.Uint64(table[behindAt:])
	if from < behindAt+8 || to <= from || to > uint64(len(table)) || table[to-1] != 0 {
		return nil, fmt.Errorf("find the names of functions: %w", errMalformed)
	}
	names := table[from:to]
	if !bytes.Contains(names, []byte("\x00main.main\x00")) {
		return nil, fmt.Errorf("find main.main among the names of functions: %w", errMalformed)
	}
	for len(names) > 0 {
		end := bytes.IndexByte(names, 0)
		shorten(names[:end])
		names = names[end+1:]
	}
	return out, nil
}

// shorten leaves of a name what Go asks of one when it prints a stack: whether it is of the runtime, whose functions are not
// shown, and that there is a dot in it.
func shorten(name []byte) {
	keep := 2
	switch {
	case bytes.HasPrefix(name, []byte("runtime.")):
		keep = len("runtime.")
	case len(name) > keep:
		copy(name, "f.")
	}
	if len(name) > keep {
		clear(name[keep:])
	}
}
