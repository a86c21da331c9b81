// Package sqlitefile opens a SQLite file as kai opens all of its own: records and tasks are to survive the same things.
//
// Imports the SQLite driver and the standard library.
package sqlitefile

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// Connect opens a pool of connections; lock is how transactions begin ("immediate" to write, "deferred" to read). Full
// synchronisation makes a write survive a power cut, not only a crash; what is deleted is overwritten, so that it does not
// stay readable in the file.
func Connect(path, lock string, connections int) (*sql.DB, error) {
	return Pool(path, connections, url.Values{
		"_txlock": {lock}, "_defensive": {"1"}, "_dqs": {"0"}, "_busy_timeout": {"5000"}, "_synchronous": {"FULL"},
		"_journal_mode": {"WAL"}, "_pragma": {"secure_delete(1)"},
	})
}

// Look opens a connection that changes nothing, not even the file's journal mode.
func Look(path string) (*sql.DB, error) {
	return Pool(path, 1, url.Values{"_query_only": {"1"}, "_busy_timeout": {"5000"}})
}

// Pool opens connections with the options of the driver.
func Pool(path string, connections int, options url.Values) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: slashed(absolute), RawQuery: options.Encode()}
	connector, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// slashed gives a path as a URI has it: with a leading slash also before a drive letter.
func slashed(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return path
}
