package folders

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
)

// Bounds of a folder. What is over them is named and left out.
const (
	MaxFiles   = 2000
	MaxBytes   = 512 << 20
	maxSub     = 2000   // folders in it
	maxEntries = 40_000 // that are looked at
)

// file is one that may be a document.
type file struct {
	path     string // in the folder, with slashes
	size     int64
	modified time.Time
}

// tree is what there is in a folder.
type tree struct {
	files   []file
	folders []string // absolute, the folder itself first
	leftOuts
}

// maxNamed is how many of what is left out are named.
const maxNamed = 200

// leftOuts are files and folders that are left out.
type leftOuts struct {
	Left []library.LeftOut `json:"left,omitempty"` // some of them
	More int               `json:"more,omitempty"` // how many there are beside those
}

func (l *leftOuts) leave(path, why string) {
	if len(l.Left) >= maxNamed {
		l.More++
		return
	}
	l.Left = append(l.Left, library.LeftOut{Path: path, Why: why})
}

// aside says whether something is not looked into: hidden, or filled by programs.
func aside(name string) bool {
	switch name {
	case "node_modules", "bower_components", "__pycache__", "venv", "__MACOSX":
		return true
	}
	return name != "." && strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$")
}

// asidePath says whether a part of a path is.
func asidePath(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if aside(part) {
			return true
		}
	}
	return false
}

// look goes through a folder and never out of it: links are not followed. off is a folder that is left out.
func look(ctx context.Context, root *os.Root, off string) (tree, error) {
	l := looker{at: root.Name(), off: off}
	err := fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return l.visit(path, d, err)
	})
	return l.tree, err
}

// looker is on its way through a folder.
type looker struct {
	tree
	at, off string
	size    int64
	entries int
}

const hidden = "hidden, or filled by programs: not looked into"

func (l *looker) visit(path string, d fs.DirEntry, err error) error {
	l.entries++
	switch {
	case err != nil && path == ".":
		return err
	case err != nil:
		l.leave(path, unreadable("it", err).Message)
		if d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	case l.entries > maxEntries:
		l.leave(path, fmt.Sprintf("the folder has more than %d files and folders; what comes after this is left out", maxEntries))
		return fs.SkipAll
	case d.IsDir():
		return l.folder(path, d)
	}
	l.file(path, d)
	return nil
}

func (l *looker) folder(path string, d fs.DirEntry) error {
	abs := filepath.Join(l.at, filepath.FromSlash(path))
	switch {
	case aside(d.Name()):
		l.leave(path+"/", hidden)
	case abs == l.off:
		l.leave(path+"/", "kai's own files")
	case len(l.folders) >= maxSub:
		l.leave(path+"/", fmt.Sprintf("there are more than %d folders in it; add them one by one", maxSub))
	default:
		l.folders = append(l.folders, abs)
		return nil
	}
	return fs.SkipDir
}

func (l *looker) file(path string, d fs.DirEntry) {
	switch {
	case aside(d.Name()):
		l.leave(path, hidden)
		return
	case d.Type()&fs.ModeSymlink != 0:
		l.leave(path, "a link: links are not followed")
		return
	case !d.Type().IsRegular():
		l.leave(path, "it is not a file")
		return
	}
	info, err := d.Info()
	switch {
	case err != nil:
		l.leave(path, unreadable("it", err).Message)
	case info.Size() > extract.MaxFileBytes:
		l.leave(path, fault.Public(extract.TooLarge()).Words())
	case len(l.files) >= MaxFiles:
		l.leave(path, fmt.Sprintf("the folder has more than %d files; add the folders in it one by one", MaxFiles))
	case l.size+info.Size() > MaxBytes:
		l.leave(path, fmt.Sprintf("the folder has more than %d MB; add the folders in it one by one", MaxBytes>>20))
	default:
		l.size += info.Size()
		l.files = append(l.files, file{path: path, size: info.Size(), modified: info.ModTime()})
	}
}
