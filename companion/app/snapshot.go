package app

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/shared/store"
)

// Snapshot is how a running kai is inside, without anything that a person wrote.
type Snapshot struct {
	Status     api.Status   `json:"status"`
	Goroutines string       `json:"goroutines"` // stacks with counts, as pprof writes them
	Memory     Memory       `json:"memory"`
	Store      *store.Usage `json:"store,omitempty"` // counts of records; nil while there is no store
}

// Memory is what the Go runtime says of it, in bytes.
type Memory struct {
	Heap    uint64 `json:"heap"`
	System  uint64 `json:"system"`
	Objects uint64 `json:"objects"`
	GCs     uint32 `json:"gcs"`
}

// longestStacks bounds the stacks in a snapshot, in bytes.
const longestStacks = 512 << 10

// snapshot looks at this kai.
func (a *App) snapshot(ctx context.Context) Snapshot {
	var stacks bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1) // a Buffer takes everything
	stacks.Truncate(min(stacks.Len(), longestStacks))
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	out := Snapshot{
		Status: a.api.Status(ctx), Goroutines: stacks.String(),
		Memory: Memory{Heap: mem.HeapAlloc, System: mem.Sys, Objects: mem.HeapObjects, GCs: mem.NumGC},
	}
	if m, ok := a.store.(store.Measurer); ok {
		if usage, err := m.Measure(ctx); err == nil {
			out.Store = &usage
		}
	}
	return out
}
