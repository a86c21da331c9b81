package sqlite

import (
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// private lets only the owner read and write; SQLite gives its log and index files the same mode.
const private = 0o600

// prepareFile creates the file before SQLite would, with the right mode from the first moment.
func prepareFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, private) //nolint:gosec // the path is the owner's choice
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return notWritable(err, path)
	}
	return nil
}

// restrict mends the mode of a file that others may read, or that its owner may not write. SQLite's own files beside it have
// the mode that it had when they were made.
func restrict(path string) error {
	for _, file := range append(companions(path), path) {
		info, err := os.Stat(file)
		if err == nil && info.Mode().Perm() != private {
			err = os.Chmod(file, private)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return notWritable(err, path)
		}
	}
	return nil
}

func notWritable(err error, path string) error {
	return fault.Wrap(fault.Unavailable, err, "the record store "+path+" cannot be opened for writing").
		WithRemedy("make sure that the folder %s exists and that you may write there", filepath.Dir(path))
}

// look opens a connection that changes nothing, not even the file's journal mode.
func look(path string) (*sql.DB, error) {
	return pool(path, 1, url.Values{"_query_only": {"1"}, "_busy_timeout": {"5000"}})
}

// connect opens a pool of connections. Full synchronisation makes a write survive a power cut, not only a crash; what is
// deleted is overwritten, so that it does not stay readable in the file.
func connect(path, lock string, connections int) (*sql.DB, error) {
	return pool(path, connections, url.Values{
		"_txlock": {lock}, "_defensive": {"1"}, "_dqs": {"0"}, "_busy_timeout": {"5000"}, "_synchronous": {"FULL"},
		"_journal_mode": {"WAL"}, "_pragma": {"secure_delete(1)"},
	})
}

func pool(path string, connections int, options url.Values) (*sql.DB, error) {
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

// keyColumns is how many indexes a kind may declare; more need a migration.
const keyColumns = 3

func checkSchema(schema []store.KindSpec) error {
	for _, spec := range schema {
		if len(spec.Indexes) > keyColumns {
			return fault.New(fault.Unsupported, "%s declares %d indexes, SQLite keeps %d", spec.Kind, len(spec.Indexes), keyColumns)
		}
	}
	return nil
}
