package wasmdata

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// header begins the table of Go's functions (runtime.pcHeader of Go 1.26): its magic, two bytes of padding, instructions of
// 1 byte and pointers of 8.
const header = "\xf1\xff\xff\xff\x00\x00\x01\x08"

// Places in the header, in bytes: how many functions there are, and where parts of the table begin, counted from the header.
const (
	countAt   = 8
	namesAt   = 32
	behindAt  = 40 // what follows the names
	stepsAt   = 56 // runtime.moduledata.pctab
	entriesAt = 64 // runtime.moduledata.pclntable
	headerLen = 72
)

// Places in an entry (runtime._func), in bytes.
const (
	nameAt      = 4
	stackAt     = 16 // pcsp
	fileAt      = 20 // pcfile
	lineAt      = 24 // pcln
	countsAt    = 28 // npcdata
	startLineAt = 36
	entryLen    = 44 // the offsets of npcdata tables follow
)

// Names that stand for all others: what Go asks of one when it prints a stack is whether it is of the runtime, whose
// functions are not shown, and that there is a dot in it.
const (
	anyName     = "f."
	runtimeName = "runtime."
)

// Strip takes out of a module that Merge made what only a trace of a stack shows: the names of all functions, and the files
// and lines of those whose name own does not answer yes for. Together they are a tenth of our program in brotli.
func Strip(module []byte, own func(name string) bool) ([]byte, error) {
	out := bytes.Clone(module)
	at := bytes.Index(out, []byte(header))
	if at < 0 || bytes.Contains(out[at+1:], []byte(header)) {
		return nil, fmt.Errorf("find the table of functions: %w", errMalformed)
	}
	t, err := readTable(out[at:])
	if err != nil {
		return nil, err
	}
	if err := t.strip(own); err != nil {
		return nil, err
	}
	return out, nil
}

// table is the table of functions of a module.
type table struct {
	names   []byte
	steps   []byte   // how values change from one place of a function to the next; entries point to its tables
	entries [][]byte // one for each function
}

func readTable(raw []byte) (*table, error) {
	if len(raw) < headerLen {
		return nil, errMalformed
	}
	place := func(at int) uint64 { return binary.LittleEndian.Uint64(raw[at:]) }
	names, behind, steps, entries, count := place(namesAt), place(behindAt), place(stepsAt), place(entriesAt), place(countAt)
	if names < headerLen || names >= behind || behind > steps || steps >= entries || entries > uint64(len(raw)) || raw[behind-1] != 0 ||
		count > uint64(len(raw))/entryLen {
		return nil, fmt.Errorf("find the parts of the table of functions: %w", errMalformed)
	}
	t := &table{names: raw[names:behind], steps: raw[steps:entries]}
	if !bytes.Contains(t.names, []byte("\x00main.main\x00")) {
		return nil, fmt.Errorf("find main.main among the names of functions: %w", errMalformed)
	}
	for i := range count {
		entry, err := readEntry(raw[entries:], i)
		if err != nil {
			return nil, err
		}
		t.entries = append(t.entries, entry)
	}
	return t, nil
}

// readEntry finds the entry of function i: pairs of where its code begins and where its entry is come first.
func readEntry(raw []byte, i uint64) ([]byte, error) {
	pair := i * 8
	if pair+8 > uint64(len(raw)) {
		return nil, errMalformed
	}
	at := uint64(binary.LittleEndian.Uint32(raw[pair+4:]))
	if at+entryLen > uint64(len(raw)) {
		return nil, fmt.Errorf("find function %d: %w", i, errMalformed)
	}
	end := at + entryLen + 4*uint64(binary.LittleEndian.Uint32(raw[at+countsAt:]))
	if end > uint64(len(raw)) {
		return nil, fmt.Errorf("find the tables of function %d: %w", i, errMalformed)
	}
	return raw[at:end], nil
}

// strip points every function to one of two names, and leaves of the steps what is still pointed to.
func (t *table) strip(own func(name string) bool) error {
	used := make([]bool, len(t.steps))
	names := make([]string, len(t.entries))
	for i, entry := range t.entries {
		name, err := t.name(entry)
		if err != nil {
			return err
		}
		names[i] = name
		if !own(name) {
			clear(entry[fileAt : lineAt+4])
		}
		clear(entry[startLineAt : startLineAt+4]) // only profiles ask for it
		for at := range tablesOf(entry) {
			if err := t.mark(used, at); err != nil {
				return fmt.Errorf("read the tables of %s: %w", name, err)
			}
		}
	}
	for i := range t.steps {
		if !used[i] {
			t.steps[i] = 0
		}
	}
	clear(t.names)
	shared := append([]byte{0}, anyName+"\x00"+runtimeName+"\x00"...)
	if copy(t.names, shared) < len(shared) {
		return errMalformed
	}
	for i, entry := range t.entries {
		at := uint32(1)
		if strings.HasPrefix(names[i], runtimeName) {
			at += uint32(len(anyName)) + 1
		}
		binary.LittleEndian.PutUint32(entry[nameAt:], at)
	}
	return nil
}

func (t *table) name(entry []byte) (string, error) {
	at := uint64(binary.LittleEndian.Uint32(entry[nameAt:]))
	if at >= uint64(len(t.names)) {
		return "", fmt.Errorf("find the name of a function: %w", errMalformed)
	}
	name, _, _ := bytes.Cut(t.names[at:], []byte{0})
	return string(name), nil
}

// tablesOf gives where the tables of a function begin in the steps.
func tablesOf(entry []byte) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		places := []int{stackAt, fileAt, lineAt}
		for at := entryLen; at < len(entry); at += 4 {
			places = append(places, at)
		}
		for _, place := range places {
			if at := binary.LittleEndian.Uint32(entry[place:]); at != 0 && !yield(int(at)) {
				return
			}
		}
	}
}

// mark notes the bytes of the table of steps that begins at at: pairs of how much the value and the place change, until a
// value that does not change.
func (t *table) mark(used []bool, at int) error {
	for first := true; ; first = false {
		value, n := uvarint(t.steps, at)
		if n == 0 {
			return errMalformed
		}
		if value == 0 && !first {
			return nil
		}
		_, m := uvarint(t.steps, at+n)
		if m == 0 {
			return errMalformed
		}
		for i := range n + m {
			used[at+i] = true
		}
		at += n + m
	}
}

// uvarint reads a number at a place; its length is 0 when there is none.
func uvarint(raw []byte, at int) (value uint64, length int) {
	if at < 0 || at >= len(raw) {
		return 0, 0
	}
	value, length = binary.Uvarint(raw[at:])
	return value, max(length, 0)
}
