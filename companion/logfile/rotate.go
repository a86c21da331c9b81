// Package logfile is the log of a running kai: lines of JSON in the data directory, kept small, read back by kai logs.
//
// Layout: logs/kai.log, and the full ones beside it as kai-<time>.log. Imports companion/redact and the standard library.
package logfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Folder is where logs are, in the data directory.
const Folder = "logs"

const (
	current = "kai.log"
	stamp   = "20060102T150405.000000000Z"
)

// Limits keep a log small.
type Limits struct {
	MaxSize  int64         // bytes at which a new file is begun
	MaxFiles int           // how many there may be, the current one counted
	MaxAge   time.Duration // how long a full one is kept
}

// DefaultLimits are the adopted ones: 100 MB, 10 files, 30 days.
func DefaultLimits() Limits {
	return Limits{MaxSize: 100 << 20, MaxFiles: 10, MaxAge: 30 * 24 * time.Hour}
}

// Writer appends lines to the log and begins a new file when one is full. It may be used by several goroutines.
type Writer struct {
	dir    string
	limits Limits
	now    func() time.Time

	mu   sync.Mutex
	file *os.File
	size int64
}

// Open opens the log in a folder, for this user only, and removes what is too old.
func Open(dir string, limits Limits, now func() time.Time) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, limits: limits, now: now}
	if err := w.begin(); err != nil {
		return nil, err
	}
	w.prune()
	return w, nil
}

// begin opens the current file.
func (w *Writer) begin() error {
	file, err := os.OpenFile(filepath.Join(w.dir, current), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	w.file, w.size = file, info.Size()
	return nil
}

// Write appends one line. A line is never split between two files.
func (w *Writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return 0, os.ErrClosed
	}
	if w.size > 0 && w.size+int64(len(line)) > w.limits.MaxSize {
		if err := w.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := w.file.Write(line)
	w.size += int64(n)
	return n, err
}

// rotate puts the full file aside and begins a new one. If it can't be put aside it grows on: better than no log.
func (w *Writer) rotate() error {
	closed := w.file.Close()
	w.file = nil
	name := "kai-" + w.now().UTC().Format(stamp) + ".log"
	_ = os.Rename(filepath.Join(w.dir, current), filepath.Join(w.dir, name))
	if err := w.begin(); err != nil {
		return errors.Join(closed, err)
	}
	w.prune()
	return nil
}

// prune removes full files beyond the limits. One that can't be removed is tried again at the next turn.
func (w *Writer) prune() {
	full := Files(w.dir)
	full = full[:max(len(full)-1, 0)] // without the current one
	for i, path := range full {
		at, err := time.Parse(stamp, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "kai-"), ".log"))
		tooMany := len(full)-i > w.limits.MaxFiles-1
		if tooMany || err == nil && w.now().Sub(at) > w.limits.MaxAge {
			_ = os.Remove(path)
		}
	}
}

// Close ends writing. It may be called twice.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.file.Close()
	w.file = nil
	return err
}

// Files lists the files of a log, oldest first and the current one last, where it is there.
func Files(dir string) []string {
	full, _ := filepath.Glob(filepath.Join(dir, "kai-*.log")) // the pattern is ours
	slices.Sort(full)                                         // by time, as the names have it
	if _, err := os.Stat(filepath.Join(dir, current)); err == nil {
		full = append(full, filepath.Join(dir, current))
	}
	return full
}
