// Package blobfile keeps blobs as files named by the SHA-256 of their content: the blobs of SQLite and DuckDB.
//
// A folder of two levels holds them (ab/cd/abcd…), so that no level grows long. A file is complete from the moment that
// it has its name: it is written under another, synchronised to the disk, then renamed. What is read is checked against
// its name. Imports shared/store, shared/fault and the standard library.
package blobfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// privateFolder lets only the owner look in.
const privateFolder = 0o700

// unfinished is the folder of files that have no name yet; its name is no two hexadecimal digits.
const unfinished = "unfinished"

// Folder keeps blobs. It is made when the first blob is put. One process writes at a time: the owner of the database
// beside it.
type Folder struct {
	path string

	mu      sync.Mutex           // held while a file gets its name or loses it
	checked map[string]time.Time // by name: the file of that time was read whole and fits; guarded by mu
}

// New is the folder of that path, which need not exist.
func New(path string) *Folder { return &Folder{path: path, checked: map[string]time.Time{}} }

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

// file is the path of a blob.
func (f *Folder) file(digits string) string {
	return filepath.Join(f.path, digits[:2], digits[2:4], digits)
}

// Put keeps content; see store.BlobStore.
func (f *Folder) Put(ctx context.Context, content io.Reader) (store.Blob, error) {
	temporary, err := f.begin()
	if err != nil {
		return store.Blob{}, f.failed(err)
	}
	defer os.Remove(temporary.Name()) //nolint:errcheck // after the rename there is none; otherwise a sweep finds it
	name, err := fill(ctx, temporary, content)
	if err != nil {
		return store.Blob{}, f.failed(err)
	}
	blob, err := f.finish(temporary.Name(), name)
	if err != nil {
		return store.Blob{}, f.failed(err)
	}
	return blob, nil
}

// begin makes a file without a name of its own.
func (f *Folder) begin() (*os.File, error) {
	if err := makeFolders(filepath.Dir(f.path), filepath.Base(f.path), unfinished); err != nil {
		return nil, err
	}
	return os.CreateTemp(filepath.Join(f.path, unfinished), "") // readable by its owner only
}

// fill writes content to the disk and answers its name. The file gets its time from the clock, as the system's own for files
// goes in steps of some milliseconds: two puts in a row would be of one age.
func fill(ctx context.Context, file *os.File, content io.Reader) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(io.MultiWriter(sum, file), store.While(ctx, "putting a blob", content))
	if err == nil {
		err = os.Chtimes(file.Name(), time.Time{}, time.Now())
	}
	if err == nil {
		err = file.Sync()
	}
	return store.BlobName(sum.Sum(nil)), errors.Join(err, file.Close())
}

// finish gives a written file its name. A blob that is there already is replaced: that also mends a damaged one, and
// makes it young.
func (f *Folder) finish(temporary, name string) (store.Blob, error) {
	digits, err := store.BlobDigits(name)
	if err != nil {
		return store.Blob{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path := f.file(digits)
	if err := makeFolders(f.path, digits[:2], digits[2:4]); err != nil {
		return store.Blob{}, err
	}
	if err := os.Rename(temporary, path); err != nil {
		return store.Blob{}, err
	}
	if err := SyncFolder(filepath.Dir(path)); err != nil {
		return store.Blob{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return store.Blob{}, err
	}
	return store.Blob{Name: name, Size: info.Size(), Put: info.ModTime()}, nil
}

// makeFolders makes a folder inside the one before it, each on the disk before anything is in it.
func makeFolders(path string, names ...string) error {
	for _, name := range names {
		parent := path
		path = filepath.Join(path, name)
		err := os.Mkdir(path, privateFolder)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = SyncFolder(parent)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// failed gives an error of the file system its code and remedy.
func (f *Folder) failed(err error) error {
	var known *fault.Fault
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &known) || !errors.As(err, &path) && !errors.As(err, &link):
		return err // ours, or the content's own
	case full(err):
		return fault.Wrap(fault.Exhausted, err, "the disk with the blobs "+f.path+" is full").
			WithRemedy("free some space; nothing that was stored before is lost")
	case errors.Is(err, fs.ErrPermission) || readOnly(err):
		return fault.Wrap(fault.Unavailable, err, "the folder of blobs "+f.path+" cannot be used").
			WithRemedy("make sure that you may read and write there")
	default:
		return fault.Wrap(fault.Unavailable, err, "the disk with the blobs "+f.path+" does not work").
			WithRemedy("check that the disk is connected and healthy, then start kAI again")
	}
}
