package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
