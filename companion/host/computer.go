package host

import (
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Registry is the part of the Windows registry that browsers look into: default values of keys of the current user.
type Registry interface {
	Get(key string) (value string, ok bool, err error)
	Set(key, value string) error
	Delete(key string) error // a key that is not there is no mistake
}

// Computer is where browsers are: Root stands before absolute paths, so that tests can be elsewhere.
type Computer struct {
	GOOS     string
	Root     string
	Home     string
	Config   string   // XDG_CONFIG_HOME, which Chromiums heed on Linux; empty for the usual one
	Registry Registry // on Windows
}

// This is the computer that the program runs on.
func This() (Computer, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Computer{}, fault.Wrap(fault.Unavailable, err, "the home folder cannot be found")
	}
	return Computer{GOOS: runtime.GOOS, Home: home, Config: os.Getenv("XDG_CONFIG_HOME"), Registry: systemRegistry()}, nil
}

// Places are the manifests of every browser that kai knows here, in use or not. They lead to program, or, when data is not
// "", to a launcher that starts it with that data directory.
func (c Computer) Places(program, data, chromiumID string) ([]Place, error) {
	browsers, err := Browsers(c.GOOS)
	if err != nil {
		return nil, err
	}
	var places []Place
	for _, b := range browsers {
		p := Place{Browser: b, Folder: c.under(b.Hosts, b.Family), Program: program, ChromiumID: chromiumID, Used: c.uses(b), Sandbox: c.sandbox(b)}
		if data != "" {
			p.Launcher = &Launcher{GOOS: c.GOOS, Kai: program, Data: data}
			p.Program = p.Launcher.File()
		}
		for _, dir := range b.System {
			p.System = append(p.System, filepath.Join(c.Root, filepath.FromSlash(dir)))
		}
		if b.Registry != "" {
			p.Registry = c.Registry
		}
		places = append(places, p)
	}
	return places, nil
}

func (c Computer) uses(b Browser) bool {
	for _, profile := range b.Profiles {
		entries, _ := os.ReadDir(c.under(profile, b.Family)) // what cannot be read is not the person's
		for _, e := range entries {
			if e.Name() != path.Base(b.Hosts) { // that one may be all that kai itself left
				return true
			}
		}
	}
	return false
}

// under places a path relative to the home folder; Chromiums heed XDG_CONFIG_HOME.
func (c Computer) under(place string, family Family) string {
	rest, inConfig := strings.CutPrefix(place, ".config/")
	if inConfig && family == Chromium && filepath.IsAbs(c.Config) {
		return filepath.Join(c.Config, filepath.FromSlash(rest))
	}
	return filepath.Join(c.Home, filepath.FromSlash(place))
}

// sandbox names the sandboxed edition of a browser that is installed here: "Snap", "Flatpak" or "".
func (c Computer) sandbox(b Browser) string {
	snaps := []string{filepath.Join(c.Root, "/snap", b.Snap), filepath.Join(c.Root, "/var/lib/snapd/snap", b.Snap), filepath.Join(c.Home, "snap", b.Snap)}
	flatpaks := []string{filepath.Join(c.Root, "/var/lib/flatpak/app", b.Flatpak), filepath.Join(c.Home, ".local/share/flatpak/app", b.Flatpak)}
	switch {
	case b.Snap != "" && anyExists(snaps):
		return "Snap"
	case b.Flatpak != "" && anyExists(flatpaks):
		return "Flatpak"
	}
	return ""
}

func anyExists(paths []string) bool {
	for _, path := range paths {
		if exists(path) {
			return true
		}
	}
	return false
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
