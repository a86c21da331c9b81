package update

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/filelock"
	"github.com/kindos/kai/shared/fault"
)

// The files in the data directory.
const (
	stateFile = "update.json"
	lockFile  = "update.lock"
)

// maxBlocked bounds how many failed programs are remembered: the newest are.
const maxBlocked = 100

// State is what a data directory knows of updates. Times are zero where nothing came.
type State struct {
	Channel   string     `json:"channel"`
	Number    int        `json:"number"` // of this installation, 0 to 99: its place in a staged rollout
	Blocked   []string   `json:"blocked,omitempty"`
	Checked   time.Time  `json:"checked,omitzero"`
	Offered   string     `json:"offered,omitempty"` // the version that was found last
	Verdict   string     `json:"verdict,omitempty"` // on it, at that time
	Problem   string     `json:"problem,omitempty"` // of the last check
	Installed *Installed `json:"installed,omitempty"`
}

// Installed is the last update that was made here.
type Installed struct {
	Version  string    `json:"version"`
	Previous string    `json:"previous"`
	SHA256   string    `json:"sha256"`
	Backup   string    `json:"backup,omitempty"` // of the records, from before
	At       time.Time `json:"at"`
}

func (s State) blocks(digest string) bool { return slices.Contains(s.Blocked, digest) }

func (s *State) block(digest string) {
	if !s.blocks(digest) {
		s.Blocked = append(s.Blocked, digest)
	}
	s.Blocked = s.Blocked[max(0, len(s.Blocked)-maxBlocked):]
}

// ReadState reads the state of a data directory. One that was never written is that of a new installation.
func ReadState(folder string) (State, error) {
	path := filepath.Join(folder, stateFile)
	text, err := os.ReadFile(path) //nolint:gosec // in the data directory
	if errors.Is(err, fs.ErrNotExist) {
		n, err := rand.Int(rand.Reader, big.NewInt(100))
		if err != nil {
			return State{}, fault.Wrap(fault.Internal, err, "drawing the number of this installation")
		}
		return State{Channel: Channels()[0], Number: int(n.Int64())}, nil
	}
	var s State
	if err != nil || json.Unmarshal(text, &s) != nil || !slices.Contains(Channels(), s.Channel) {
		return State{}, fault.New(fault.Malformed, "%s can't be read", path).WithRemedy("remove it; kai then forgets which updates failed")
	}
	return s, nil
}

// locked changes the state. One update or check goes on at a time; a second is fault.Conflict.
func (u Updater) locked(do func(*State) error) error {
	file, err := os.OpenFile(filepath.Join(u.Folder, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return unwritable(u.Folder, err)
	}
	defer file.Close() //nolint:errcheck // nothing is written to it
	if mine, err := filelock.Try(file); err != nil || !mine {
		return fault.New(fault.Conflict, "an update is under way").WithRemedy("wait until it has ended")
	}
	s, err := ReadState(u.Folder)
	if err != nil {
		return err
	}
	return errors.Join(do(&s), u.save(s))
}

func (u Updater) save(s State) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fault.Wrap(fault.Internal, err, "writing the state of updates")
	}
	if err := datadir.Replace(filepath.Join(u.Folder, stateFile), append(text, '\n')); err != nil {
		return unwritable(u.Folder, err)
	}
	return nil
}

// SetChannel chooses the sort of releases.
func (u Updater) SetChannel(channel string) error {
	if !slices.Contains(Channels(), channel) {
		return fault.New(fault.Invalid, "there is no channel %q", channel).WithRemedy("write stable, beta or nightly")
	}
	return u.locked(func(s *State) error { s.Channel = channel; return nil })
}
