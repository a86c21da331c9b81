package app

import (
	"path/filepath"
	"slices"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/painter"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/run/journal"
	"github.com/kindos/kai/shared/store"
)

// databaseFile is the name of the database in storage.files (specification: initializeStorage).
const databaseFile = "kai.db"

// Schema lists every kind of record that a kai keeps.
func Schema() []store.KindSpec {
	return slices.Concat(store.Schema(), journal.Schema(), exchange.Schema(), files.Schema(), painter.Schema())
}

// RecordFile says where the records of a data directory are: the database of storage.db, and its file, which need not exist.
func RecordFile(dir datadir.Dir, c config.Standalone) (engine, path string) {
	name := databaseFile
	if c.Storage.DB == config.DBDuckDB {
		name = duckdbFile
	}
	return c.Storage.DB, filepath.Join(dir.File(c.Storage.Files), name)
}
