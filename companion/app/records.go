package app

import (
	"path/filepath"
	"slices"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run/journal"
	"github.com/kindos/kai/shared/store"
)

// databaseFile is the name of the database in storage.files (specification: initializeStorage).
const databaseFile = "kai.db"

// Schema lists every kind of record that a kai keeps.
func Schema() []store.KindSpec {
	return slices.Concat(store.Schema(), journal.Schema(), exchange.Schema())
}

// RecordFile is the SQLite file of a data directory; it need not exist. Another database answers fault.Unsupported: its own
// tools look after it.
func RecordFile(dir datadir.Dir, c config.Standalone) (string, error) {
	if c.Storage.DB != config.DBSQLite {
		return "", fault.New(fault.Unsupported, "kai store looks after SQLite only, and records are kept in %s", c.Storage.DB).
			WithField("storage.db").WithRemedy("use the tools of that database")
	}
	return filepath.Join(dir.File(c.Storage.Files), databaseFile), nil
}
