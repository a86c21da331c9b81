// Package confighistory changes configuration files so that every one that was in force is kept and can be put back.
//
// Layout: config-history/index.json in the data directory, and the texts beside it as 1.yaml, 2.toml, … for this user only.
// A change by hand is noticed at the next change, and kept too. Imports companion/datadir, shared/fault.
package confighistory

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// Keep is how many configurations of one scope are kept.
const Keep = 50

// Entry is a configuration that was in force from Time on.
type Entry struct {
	Number int       `json:"number"`
	Time   time.Time `json:"time"`
	Reason string    `json:"reason"`
	Scope  string    `json:"scope"`            // whose configuration: a mode, or a file that --config named
	File   string    `json:"file"`             // where it was; its ending is the format
	Absent bool      `json:"absent,omitempty"` // there was no file, so the defaults held
	SHA256 string    `json:"sha256,omitempty"`
}

// History is that of one data directory.
type History struct {
	dir datadir.Dir
	now func() time.Time
}

// In is the history of a data directory; nothing is made yet.
func In(dir datadir.Dir, now func() time.Time) History { return History{dir, now} }

// folder and index are where entries are kept.
const (
	folder = "config-history"
	index  = folder + "/index.json"
)

// List gives the entries of a scope, oldest first.
func (h History) List(scope string) ([]Entry, error) {
	all, err := h.list().Read()
	return slices.DeleteFunc(all, func(e Entry) bool { return e.Scope != scope }), err
}

// Find gives one entry of a scope; fault.Invalid when there is none.
func (h History) Find(scope string, number int) (Entry, error) {
	all, err := h.List(scope)
	if err != nil {
		return Entry{}, err
	}
	for _, e := range all {
		if e.Number == number {
			return e, nil
		}
	}
	return Entry{}, fault.New(fault.Invalid, "there is no configuration %d in the history", number).WithRemedy("kai config history lists them")
}

// Text is what an entry held. A text that was changed since answers fault.Invalid: it is not what was in force.
func (h History) Text(e Entry) ([]byte, error) {
	if e.Absent {
		return nil, nil
	}
	text, err := os.ReadFile(h.dir.File(e.kept()))
	if err != nil || sum(text) != e.SHA256 {
		return nil, fault.New(fault.Invalid, "the kept configuration %d is damaged", e.Number).WithRemedy("take another one of kai config history")
	}
	return text, nil
}

// Holds says whether the entry is what is in force: file is that, "" for none.
func (e Entry) Holds(file string) bool {
	if file == "" || e.Absent {
		return file == "" && e.Absent
	}
	text, err := os.ReadFile(file)
	return err == nil && sum(text) == e.SHA256
}

// kept is where an entry's text is, in the data directory.
func (e Entry) kept() string {
	return folder + "/" + strconv.Itoa(e.Number) + filepath.Ext(e.File)
}

// Change is a new text for a configuration file.
type Change struct {
	Scope  string
	Old    string // the file in force; "" for none
	New    string // the file to be; it may have another ending than Old, which then goes
	Text   []byte
	Absent bool // there is to be no file: Old goes
	Reason string
}

// Take puts a configuration in force, in one step, and keeps it and the one before.
func (h History) Take(c Change) (Entry, error) {
	if _, err := h.dir.Make(folder); err != nil {
		return Entry{}, err
	}
	var taken Entry
	err := h.dir.Alone(index, func() error {
		if err := h.notice(c); err != nil {
			return err
		}
		if err := c.put(); err != nil {
			return err
		}
		var err error
		taken, err = h.add(Entry{Time: h.now().UTC(), Reason: c.Reason, Scope: c.Scope, File: c.New, Absent: c.Absent}, c.Text)
		return err
	})
	return taken, err
}

// put changes the files. A crash between the two steps leaves two files, which kai refuses to choose between: better than
// none, which would be the defaults.
func (c Change) put() error {
	if !c.Absent {
		if err := datadir.Replace(c.New, c.Text); err != nil {
			return fault.New(fault.Unavailable, "the configuration file %s can't be written: %w", c.New, err).WithRemedy("make its folder writable for you")
		}
	}
	if c.Old != "" && (c.Absent || c.Old != c.New) {
		return os.Remove(c.Old)
	}
	return nil
}

// notice keeps what is in force now, unless it is what was kept last.
func (h History) notice(c Change) error {
	before, err := h.List(c.Scope)
	if err != nil {
		return err
	}
	e := Entry{Time: h.now().UTC(), Reason: "as it was found", Scope: c.Scope, File: c.New, Absent: true}
	var text []byte
	if c.Old != "" {
		info, err := os.Stat(c.Old)
		if err != nil {
			return err
		}
		if text, err = os.ReadFile(c.Old); err != nil {
			return err
		}
		e.Time, e.File, e.Absent = info.ModTime().UTC(), c.Old, false
	}
	if n := len(before); n > 0 {
		if before[n-1].Holds(c.Old) {
			return nil
		}
		e.Reason = "changed by hand"
	}
	_, err = h.add(e, text)
	return err
}

// add keeps an entry, and forgets the oldest ones of its scope.
func (h History) add(e Entry, text []byte) (Entry, error) {
	all, err := h.list().Read()
	if err != nil {
		return e, err
	}
	e.Number = 1
	if n := len(all); n > 0 {
		e.Number = all[n-1].Number + 1
	}
	if !e.Absent {
		e.SHA256 = sum(text)
		if err := h.dir.Write(e.kept(), text); err != nil {
			return e, err
		}
	}
	all = append(all, e)
	all, gone := forget(all, e.Scope)
	if err := h.list().Write(all); err != nil {
		return e, err
	}
	for _, old := range gone {
		_ = os.Remove(h.dir.File(old.kept())) // a leftover means nothing: the index decides
	}
	return e, nil
}

// forget takes the oldest entries of a scope out where there are more than Keep.
func forget(all []Entry, scope string) (kept, gone []Entry) {
	over := -Keep
	for _, e := range all {
		if e.Scope == scope {
			over++
		}
	}
	for _, e := range all {
		if e.Scope == scope && over > 0 {
			over--
			gone = append(gone, e)
			continue
		}
		kept = append(kept, e)
	}
	return kept, gone
}

// read gives all entries, oldest first.

func (h History) list() datadir.List[Entry] {
	return datadir.List[Entry]{Dir: h.dir, File: index, Lost: func(err error) error {
		return fault.New(fault.Invalid, "the history of configurations can't be read: %w", err).WithRemedy("move %s away to begin a new one", h.dir.File(folder))
	}}
}

func sum(text []byte) string {
	s := sha256.Sum256(text)
	return hex.EncodeToString(s[:])
}
