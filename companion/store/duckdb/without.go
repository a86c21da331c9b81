//go:build !duckdb || !cgo

package duckdb

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// Built says whether DuckDB is in this program.
const Built = false

// Open answers fault.Unsupported: DuckDB is not in this program.
func Open(_ context.Context, _ string, _ []store.KindSpec) (store.Store, error) {
	return nil, fault.New(fault.Unsupported, "DuckDB is not in this kai: it is C++, and this build is pure Go").
		WithRemedy("take the full build (kai-full; from source: make full), or keep the records in SQLite")
}
