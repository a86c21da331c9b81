// Package folders reads folders of this computer into the library of documents, and keeps up with those that are watched: what
// is changed is read anew, what is removed is taken out.
//
// A folder is named on this computer alone, by kai knowledge, and never by a view, a program of the API, or another kai: a path
// from there would read any file. Imports companion/{datadir,extract}, fsnotify and shared/{fault,library}.
package folders

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// bookFile is where watched folders are kept in the data directory.
const bookFile = "folders.json"

// maxFolders is how many are watched, maxLeave how many documents of one are left out because the person removed them.
const (
	maxFolders = 20
	maxLeave   = MaxFiles
)

// Entry is a watched folder.
type Entry struct {
	Path       string   `json:"path"` // absolute, without links
	Collection string   `json:"collection"`
	Leave      []string `json:"leave,omitempty"` // documents that the person removed, by their paths in the folder
}

// source is what a document of a file in the folder has as its source.
func (e Entry) source(file string) string { return filepath.Join(e.Path, filepath.FromSlash(file)) }

// inside gives the path in the folder of a document's source; "" when it is not in there.
func (e Entry) inside(source string) string {
	if file, ok := strings.CutPrefix(source, strings.TrimSuffix(e.Path, string(filepath.Separator))+string(filepath.Separator)); ok {
		return filepath.ToSlash(file)
	}
	return ""
}

// Book is the list of watched folders in a data directory.
type Book struct {
	list datadir.List[Entry]
}

// BookIn gives the list of a data directory.
func BookIn(dir datadir.Dir) Book {
	return Book{datadir.List[Entry]{Dir: dir, File: bookFile, Lost: func(err error) error {
		return fault.Wrap(fault.Malformed, err, "the list of watched folders ("+dir.File(bookFile)+") cannot be read").
			WithRemedy("correct it, or move it away and add the folders again")
	}}}
}

// All gives the folders in the order of their paths.
func (b Book) All() ([]Entry, error) { return b.list.Read() }

// Add puts a folder into the list and gives what was there of it. In one that is there, what the person removed may come again.
func (b Book) Add(e Entry) (before Entry, err error) {
	err = b.list.Change(func(all []Entry) ([]Entry, error) {
		all = slices.DeleteFunc(all, func(o Entry) bool {
			if o.Path == e.Path {
				before = o
			}
			return o.Path == e.Path
		})
		if len(all) >= maxFolders {
			return nil, fault.New(fault.Exhausted, "%d folders are watched, and no more are taken", maxFolders).WithRemedy("kai knowledge unwatch FOLDER lets go of one")
		}
		all = append(all, e)
		slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
		return all, nil
	})
	return before, err
}

// Remove takes a folder out of the list; fault.NotFound.
func (b Book) Remove(path string) (gone Entry, err error) {
	err = b.list.Change(func(all []Entry) ([]Entry, error) {
		at := slices.IndexFunc(all, func(e Entry) bool { return e.Path == path })
		if at < 0 {
			return nil, fault.New(fault.NotFound, "%s is not watched", path).WithRemedy("kai knowledge folders shows those that are")
		}
		gone = all[at]
		return slices.Delete(all, at, at+1), nil
	})
	return gone, err
}

// clear empties the list.
func (b Book) clear() error {
	return b.list.Change(func([]Entry) ([]Entry, error) { return []Entry{}, nil })
}

// leave keeps of the folders that a document is in whether the person removed it.
func (b Book) leave(source string, removed bool) error {
	all, err := b.All()
	if err != nil || !slices.ContainsFunc(all, func(e Entry) bool { return e.inside(source) != "" }) {
		return err
	}
	return b.list.Change(func(all []Entry) ([]Entry, error) {
		for i := range all {
			e := &all[i]
			file := e.inside(source)
			e.Leave = slices.DeleteFunc(e.Leave, func(l string) bool { return l == file })
			if file != "" && removed && len(e.Leave) < maxLeave {
				e.Leave = append(e.Leave, file)
			}
		}
		return all, nil
	})
}

// Resolve gives a folder as an entry has it: absolute and without links. kai's own data directory is off limits.
func Resolve(path string, data datadir.Dir) (string, error) {
	abs, err := filepath.Abs(path)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", unreadable(path, err)
	}
	info, err := os.Stat(abs)
	switch {
	case err != nil:
		return "", unreadable(path, err)
	case !info.IsDir():
		return "", fault.New(fault.Invalid, "%s is no folder", path).WithRemedy("name the folder that it is in")
	case filepath.Dir(abs) == abs:
		return "", fault.New(fault.Invalid, "%s is the whole disk", path).WithRemedy("name a folder on it")
	}
	if own, err := filepath.EvalSymlinks(data.Path()); err == nil && (own == abs || Entry{Path: own}.inside(abs) != "") {
		return "", fault.New(fault.Invalid, "%s is where kai keeps its own files", path).WithRemedy("name another folder")
	}
	return abs, nil
}

// unreadable says why a folder or file cannot be read, and what to do.
func unreadable(path string, err error) *fault.Fault {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "%s is not there", path).WithRemedy("look whether it was moved, or its disk is not connected; what was read of it stays")
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Unauthorized, "%s may not be read", path).WithRemedy("give yourself the right to read it")
	}
	return fault.Wrap(fault.Unavailable, err, path+" cannot be read").WithRemedy("look whether its disk is connected")
}
