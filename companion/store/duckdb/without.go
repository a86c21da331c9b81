//go:build !duckdb || !cgo

package duckdb

import (
	"context"
	"time"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// Built says whether DuckDB is in this program.
const Built = false

// Open answers fault.Unsupported: DuckDB is not in this program.
func Open(context.Context, string, []store.KindSpec) (store.Store, error) { return nil, without() }

// Inspect answers fault.Unsupported too.
func Inspect(context.Context, string, []store.KindSpec) (upkeep.Keeper, error) {
	return nil, without()
}

// Compact answers fault.Unsupported too.
func Compact(context.Context, string, []store.KindSpec, time.Time, upkeep.Progress) (upkeep.Compacted, error) {
	return upkeep.Compacted{}, without()
}

// Restore answers fault.Unsupported too.
func Restore(context.Context, string, string, []store.KindSpec, time.Time, upkeep.Progress) (upkeep.Manifest, string, error) {
	return upkeep.Manifest{}, "", without()
}

func without() error {
	return fault.New(fault.Unsupported, "DuckDB is not in this kai: it is C++, and this build is pure Go").
		WithRemedy("take the full build (kai-full; from source: make full), or keep the records in SQLite")
}
