package supervise

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/kindos/kai/shared/fault"
)

// The output of a program is kept in NAME.log, and what was before the newest MaxLog bytes in NAME.log.1.
const (
	MaxLog  = 1 << 20
	maxLine = 16 << 10 // a longer one is cut in pieces
)

// output writes what a program prints, whole lines without secrets. One goroutine writes it: os/exec sees to that.
type output struct {
	path  string
	clean func(string) string
	file  *os.File
	size  int
	part  []byte // of a line whose end has not come
}

// openOutput goes on with a program's log.
func openOutput(folder, name string, clean func(string) string) (*output, error) {
	o := &output{path: logFile(folder, name), clean: clean}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "the log of %s can't be written: %w", name, err)
	}
	if err := o.open(); err != nil {
		return nil, fault.New(fault.Unavailable, "the log of %s can't be written: %w", name, err)
	}
	return o, nil
}

func logFile(folder, name string) string { return filepath.Join(folder, name+".log") }

func (o *output) open() error {
	file, err := os.OpenFile(o.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	o.file, o.size = file, 0
	if info, err := file.Stat(); err == nil {
		o.size = int(info.Size())
	}
	return nil
}

// Write takes all: a full disk must not stop the program.
func (o *output) Write(p []byte) (int, error) {
	o.part = append(o.part, p...)
	for {
		at := bytes.IndexByte(o.part, '\n')
		switch {
		case at >= 0:
			o.line(o.part[:at])
			o.part = o.part[at+1:]
		case len(o.part) > maxLine:
			o.line(o.part)
			o.part = nil
		default:
			return len(p), nil
		}
	}
}

// line writes one, into a new file when the old one is full.
func (o *output) line(text []byte) {
	clean := o.clean(strings.TrimRight(string(text), "\r")) + "\n"
	if o.size > 0 && o.size+len(clean) > MaxLog {
		o.rotate()
	}
	n, _ := o.file.WriteString(clean) // a line that does not fit on the disk is lost
	o.size += n
}

// rotate puts the full file aside. Where that fails, it is emptied: it stays bounded.
func (o *output) rotate() {
	_ = o.file.Close() // what matters is whether it can be put aside
	if os.Rename(o.path, o.path+".1") != nil {
		_ = os.Truncate(o.path, 0)
	}
	if err := o.open(); err != nil {
		o.file, o.size = nil, 0 // writing to none fails, and nothing else
	}
}

// Close writes what has no line end, and ends.
func (o *output) Close() error {
	if len(o.part) > 0 {
		o.line(o.part)
		o.part = nil
	}
	return o.file.Close()
}

// Last gives at most n of the newest lines that a program printed, 0 for all that is kept, without what could steer a
// terminal; fault.NotFound when kai never started it.
func Last(folder, name string, n int) ([]string, error) {
	var out []string
	for _, path := range []string{logFile(folder, name) + ".1", logFile(folder, name)} {
		text, err := readAtMost(path, 2*MaxLog)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.Unavailable, "the log of %s can't be read: %w", name, err)
		}
		for line := range strings.Lines(text) {
			out = append(out, harmless(strings.TrimRight(line, "\n")))
		}
	}
	if len(out) == 0 {
		return nil, fault.New(fault.NotFound, "nothing of %s is kept here", name).WithRemedy("kai keeps what a service prints that kai services start has started")
	}
	if n > 0 && len(out) > n {
		out = out[len(out)-n:]
	}
	return out, nil
}

func readAtMost(path string, limit int64) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, limit))
	return string(text), err
}

// harmless shows what could steer a terminal as dots.
func harmless(line string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return '·'
		}
		return r
	}, line)
}
