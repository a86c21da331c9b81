//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/kindos/kai/companion/filelock"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// private lets only the owner read and write.
const private = 0o600

// logSuffix names the log of writes that are not yet in the file.
const logSuffix = ".wal"

// rowGroup is how many rows DuckDB keeps and rewrites together. A checkpoint after one changed record writes so many
// anew, so they are fewer than DuckDB's 122,880, whose records of 1 KB would be 120 MB.
const rowGroup = 8192

// take locks the file against a second store on it. DuckDB's own lock stops other processes only.
func take(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, private) //nolint:gosec // the path is the owner's choice
	if err != nil {
		return nil, notWritable(err, path)
	}
	taken, err := filelock.Try(file)
	if err == nil && taken {
		return file, nil
	}
	_ = file.Close() // nothing was written
	if err != nil {
		return nil, notWritable(err, path)
	}
	return nil, inUse(nil, path)
}

// restrict mends the mode of files that others may read. DuckDB makes its log anew after each checkpoint.
func (s *Store) restrict() error {
	for _, path := range []string{s.path, s.path + logSuffix} {
		info, err := os.Stat(path)
		if os.IsNotExist(err) {
			continue
		}
		if err == nil && info.Mode().Perm() != private {
			err = os.Chmod(path, private)
		}
		if err != nil {
			return notWritable(err, s.path)
		}
	}
	return nil
}

// settings keep DuckDB from reaching out (extensions come over the network) and from writing anywhere else.
func settings(path string) url.Values {
	return url.Values{
		"autoinstall_known_extensions": {"false"}, "autoload_known_extensions": {"false"},
		"allow_persistent_secrets": {"false"}, "temp_directory": {path + ".tmp"},
	}
}

// connect opens a pool of connections to the file. The file is attached rather than opened by name, because a name that is
// opened is read as a URL.
func connect(path string, connections int, options string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	attach := `ATTACH IF NOT EXISTS '` + strings.ReplaceAll(absolute, `'`, `''`) + `' AS kai (TYPE duckdb` + options + `)`
	connector, err := duckdb.NewConnector("?"+settings(absolute).Encode(), func(conn driver.ExecerContext) error {
		for _, statement := range []string{attach, `USE kai`} {
			if _, err := conn.ExecContext(context.Background(), statement, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// keyColumns is how many indexes a kind may declare; more need a migration.
const keyColumns = 3

func checkSchema(schema []store.KindSpec) error {
	for _, spec := range schema {
		if len(spec.Indexes) > keyColumns {
			return fault.New(fault.Unsupported, "%s declares %d indexes, DuckDB keeps %d", spec.Kind, len(spec.Indexes), keyColumns)
		}
	}
	return nil
}
