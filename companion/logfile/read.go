package logfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Line is one line of a log, read.
type Line struct {
	Raw       []byte
	Time      time.Time
	Level     slog.Level
	Component string
	Message   string
	Rest      []Pair // everything else, in the order of the line
}

// Pair is a name and a value.
type Pair struct{ Name, Value string }

// Filter says which lines are wanted.
type Filter struct {
	Level     slog.Level // at least
	Component string     // exactly; "" for all
	Since     time.Time
}

// Wants says whether a line is wanted.
func (f Filter) Wants(l Line) bool {
	return l.Level >= f.Level && (f.Component == "" || f.Component == l.Component) && !l.Time.Before(f.Since)
}

// Parse reads a line; false for one that is not of a log, as a line that was cut off by a crash is.
func Parse(raw []byte) (Line, bool) {
	l := Line{Raw: bytes.TrimRight(raw, "\r\n")}
	dec := json.NewDecoder(bytes.NewReader(l.Raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return l, false
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return l, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return l, false
		}
		key, _ := name.(string)
		l.take(key, value)
	}
	_, err := dec.Token()
	return l, err == nil && !l.Time.IsZero()
}

// take keeps one member of a line.
func (l *Line) take(name string, raw json.RawMessage) {
	text := string(raw)
	var word string
	if json.Unmarshal(raw, &word) == nil {
		text = word
	}
	switch name {
	case slog.TimeKey:
		l.Time, _ = time.Parse(time.RFC3339Nano, text) // a line without a time is none
	case slog.LevelKey:
		_ = l.Level.UnmarshalText([]byte(text)) // else it is INFO
	case slog.MessageKey:
		l.Message = text
	case "component":
		l.Component = text
	default:
		l.Rest = append(l.Rest, Pair{name, text})
	}
}

// String is the line for a person. What could steer a terminal is taken out: lines hold what strangers sent.
func (l Line) String() string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s %-5s %-9s %s", l.Time.Local().Format("2006-01-02 15:04:05.000"), l.Level, l.Component, l.Message)
	for _, p := range l.Rest {
		value := p.Value
		if value == "" || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r == '"' || r == '=' }) {
			value = fmt.Sprintf("%q", value)
		}
		_, _ = fmt.Fprintf(&b, " %s=%s", p.Name, value)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '·'
		}
		return r
	}, b.String())
}

// End is where the current file of a log ends now: Last reads up to it, Follow goes on from it.
func End(dir string) int64 {
	info, err := os.Stat(filepath.Join(dir, current))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Last gives the wanted lines of a folder's log before end, oldest first, at most n of the newest; 0 for all.
func Last(dir string, f Filter, n int, end int64) ([]Line, error) {
	var out []Line
	for _, path := range Files(dir) {
		limit := end
		if filepath.Base(path) != current {
			limit = math.MaxInt64
		}
		lines, err := readFile(path, f, limit)
		if err != nil && !errors.Is(err, os.ErrNotExist) { // it was put aside meanwhile
			return out, err
		}
		out = append(out, lines...)
		if n > 0 && len(out) > n {
			out = slices.Clone(out[len(out)-n:])
		}
	}
	return out, nil
}

func readFile(path string, f Filter, limit int64) ([]Line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	var out []Line
	err = each(bufio.NewReader(io.LimitReader(file, limit)), func(l Line) {
		if f.Wants(l) {
			out = append(out, l)
		}
	})
	return out, err
}

// each reads whole lines until there is no more. What is behind the last line end stays unread by the caller's count.
func each(r *bufio.Reader, take func(Line)) error {
	for {
		raw, err := r.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if l, ok := Parse(raw); ok {
			take(l)
		}
	}
}

// look is how often Follow looks for new lines.
const look = 100 * time.Millisecond

// Follow gives the wanted lines that are written after end, until ctx ends. It goes along when a new file is begun.
func Follow(ctx context.Context, dir string, f Filter, end int64, take func(Line)) error {
	t := &tail{path: filepath.Join(dir, current), filter: f, take: take}
	defer t.close()
	t.open(end)
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := t.more(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// tail reads the end of a log.
type tail struct {
	path   string
	filter Filter
	take   func(Line)
	file   *os.File
	part   []byte // of a line whose end is not written yet
}

func (t *tail) open(at int64) {
	file, err := os.Open(t.path)
	if err != nil {
		return // there is none yet
	}
	if info, err := file.Stat(); err == nil && info.Size() >= at { // else it is a new one already
		_, _ = file.Seek(at, io.SeekStart)
	}
	t.file, t.part = file, nil
}

func (t *tail) close() {
	if t.file != nil {
		_ = t.file.Close() // it was only read
		t.file = nil
	}
}

// more takes what is new, also of a file that was begun meanwhile.
func (t *tail) more() error {
	if t.file == nil {
		t.open(0)
	}
	if t.file == nil {
		return nil
	}
	text, err := io.ReadAll(t.file)
	if err != nil {
		return err
	}
	t.lines(text)
	mine, err := t.file.Stat()
	now, gone := os.Stat(t.path)
	if err == nil && (gone != nil || !os.SameFile(mine, now)) {
		rest, _ := io.ReadAll(t.file) // what was written between the two looks
		t.lines(rest)
		t.close()
		t.open(0)
	}
	return nil
}

func (t *tail) lines(text []byte) {
	t.part = append(t.part, text...)
	for {
		i := bytes.IndexByte(t.part, '\n')
		if i < 0 {
			return
		}
		if l, ok := Parse(t.part[:i]); ok && t.filter.Wants(l) {
			t.take(l)
		}
		t.part = t.part[i+1:]
	}
}
