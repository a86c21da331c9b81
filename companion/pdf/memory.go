package pdf

import "github.com/tetratelabs/wazero/experimental"

// memory gives PDFium its memory, and notes when it wanted more than there is.
type memory struct{ over bool }

// Allocate gives an instance its memory. It is there as a whole and never moves; the system gives what is used of it.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory {
	return &linear{of: m, all: make([]byte, maxMemory)}
}

// linear is the memory of an instance.
type linear struct {
	of  *memory
	all []byte
}

// Reallocate gives the first bytes of it, or nil when they are too many.
func (l *linear) Reallocate(size uint64) []byte {
	if size > maxMemory {
		l.of.over = true
		return nil
	}
	return l.all[:size]
}

// Free lets go of it.
func (l *linear) Free() { l.all = nil }
