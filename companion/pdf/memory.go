package pdf

import "github.com/tetratelabs/wazero/experimental"

// memory gives PDFium its memory, to one file after another, and notes when it wanted more than there is.
type memory struct {
	all  []byte // nil before the first file
	used uint64
	over bool
}

// Allocate gives an instance its memory. It is there as a whole and never moves; the system gives what is used of it.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory {
	if m.all == nil {
		m.all = make([]byte, maxMemory)
	}
	clear(m.all[:m.used])
	m.used = 0
	return m
}

// Reallocate gives the first bytes of it, or nil when they are too many.
func (m *memory) Reallocate(size uint64) []byte {
	if size > maxMemory {
		m.over = true
		return nil
	}
	m.used = max(m.used, size)
	return m.all[:size]
}

// Free keeps it for the next file.
func (m *memory) Free() {}
