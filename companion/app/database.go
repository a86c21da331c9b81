package app

import (
	"context"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// duckdbFile is DuckDB's database in storage.files. It is not SQLite's, so that changing storage.db never has one engine read
// the other's file: each keeps what it has.
const duckdbFile = "kai.duckdb"

// HasDuckDB says whether storage.db may be duckdb in this build.
const HasDuckDB = duckdb.Built

// openDatabase opens the records of the engine that storage.db names.
func openDatabase(ctx context.Context, engine string, inside datadir.Dir) (store.Store, error) {
	if engine == config.DBDuckDB {
		return duckdb.Open(ctx, inside.File(duckdbFile), Schema())
	}
	opened, err := sqlite.Open(ctx, inside.File(databaseFile), Schema())
	if err != nil {
		return nil, err // not a nil *sqlite.Store in a store.Store
	}
	return opened, nil
}

// withoutDuckDB is why a build without DuckDB does not start.
func withoutDuckDB() error {
	return fault.New(fault.Unsupported, "DuckDB is not in this build of kai: it is C++, and this is the pure Go build").
		WithField("storage.db").WithRemedy("run the full build (make full in a checkout, or the kai of a release whose name ends in -full), or set storage.db to sqlite")
}
