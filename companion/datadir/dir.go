// Package datadir is the folder where a kai keeps its things: where it is, who may read it, and that one kai uses it.
//
// Layout: data/kai.db (records), tasks.db (work that kai does by itself), backups/ (that it makes), token (for programs of
// this user), identity and peers.json (towards other kai), kai.lock (held while running), running.json (who runs),
// <mode>.yaml (configuration), config-history, logs. Imports shared/fault, the standard library and x/sys on Windows.
package datadir

import (
	"os"
	"path/filepath"
	"runtime"

	"github.com/kindos/kai/shared/fault"
)

// Dir is an opened data directory.
type Dir struct {
	path string
}

// Place knows where this platform keeps a program's data. Getenv and Home are injected so that tests can be elsewhere.
type Place struct {
	GOOS   string
	Getenv func(string) string
	Home   func() (string, error)
}

// Here is the platform that this program runs on.
func Here() Place {
	return Place{GOOS: runtime.GOOS, Getenv: os.Getenv, Home: os.UserHomeDir}
}

// Default is the folder used when nothing else is said: KAI_DATA, else the platform's place for a user's data.
func (p Place) Default() (string, error) {
	if dir := p.Getenv("KAI_DATA"); dir != "" {
		return dir, nil
	}
	base, under := p.Getenv("XDG_DATA_HOME"), []string{".local", "share"}
	name := "kai"
	switch p.GOOS {
	case "windows":
		base, under, name = p.Getenv("LOCALAPPDATA"), []string{"AppData", "Local"}, "kAI"
	case "darwin":
		base, under, name = "", []string{"Library", "Application Support"}, "kAI"
	}
	if filepath.IsAbs(base) {
		return filepath.Join(base, name), nil
	}
	home, err := p.Home()
	if err != nil {
		return "", fault.New(fault.Invalid, "this user has no home folder: %w", err).WithRemedy("name the data directory with --data DIR")
	}
	return filepath.Join(append(append([]string{home}, under...), name)...), nil
}

// Open makes the folder when it is missing and takes other people's access to it away. A folder that exists and is not
// ours is refused.
func Open(path string) (Dir, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return Dir{}, unusable(path, err)
	}
	if err := os.MkdirAll(full, 0o700); err != nil {
		return Dir{}, unusable(full, err)
	}
	if err := private(full); err != nil {
		return Dir{}, unusable(full, err)
	}
	return Dir{path: full}, nil
}

// Path is the folder itself, absolute.
func (d Dir) Path() string { return d.path }

// File is the path of a name in the folder; an absolute name stays as it is.
func (d Dir) File(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(d.path, filepath.FromSlash(name))
}

// Make makes a folder inside the data directory, for this user only, and returns its path.
func (d Dir) Make(name string) (string, error) {
	path := d.File(name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", unusable(path, err)
	}
	return path, nil
}

// unusable says that a folder can't be used.
func unusable(path string, err error) error {
	return fault.New(fault.Unavailable, "the data directory %s can't be used: %w", path, err).
		WithRemedy("make it writable for you alone, or name another with --data DIR")
}
