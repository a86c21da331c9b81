package update

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// programMode lets everybody run the program, and its owner change it.
const programMode = 0o755

// Self is the path of this program, links resolved.
func Self() (string, error) {
	path, err := os.Executable()
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "kai's own path cannot be found").WithRemedy("replace the program by hand")
	}
	return path, nil
}

// beside is a name beside the program: kai.old, or kai.old.exe.
func (u Updater) beside(word string) string {
	extension := filepath.Ext(u.Program)
	if !strings.EqualFold(extension, ".exe") {
		extension = ""
	}
	return strings.TrimSuffix(u.Program, extension) + "." + word + extension
}

// Old is where the program from before the last update is kept.
func (u Updater) Old() string { return u.beside("old") }

func (u Updater) next() string { return u.beside("update") }

// Replaceable says why the program can't be replaced; nil when it can.
func (u Updater) Replaceable() error {
	if owner := keeper(u.Program); owner != "" {
		return fault.New(fault.Unsupported, "%s belongs to %s, which updates it", u.Program, owner).WithRemedy("update kai there")
	}
	probe, err := os.CreateTemp(filepath.Dir(u.Program), ".kai-*")
	if err != nil {
		return unwritable(u.Program, err)
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		return unwritable(u.Program, err)
	}
	return nil
}

// keeper names who else looks after a program at such a path; "" for nobody.
func keeper(path string) string {
	path = strings.ToLower(strings.ReplaceAll(path, `\`, "/"))
	for _, place := range []struct{ part, owner string }{
		{"/nix/store/", "Nix"}, {"/gnu/store/", "Guix"}, {"/snap/", "Snap"}, {"/cellar/", "Homebrew"}, {"/flatpak/", "Flatpak"},
		{"/scoop/apps/", "Scoop"}, {"/chocolatey/", "Chocolatey"}, {"/windowsapps/", "the Microsoft Store"}, {"/winget/packages/", "winget"},
	} {
		if strings.Contains(path, place.part) {
			return place.owner
		}
	}
	for _, folder := range []string{"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/"} {
		if strings.HasPrefix(path, folder) {
			return "the system's package manager"
		}
	}
	return ""
}

func unwritable(path string, err error) error {
	return fault.Wrap(fault.Unavailable, err, fmt.Sprintf("%s can't be replaced: you may not write in its folder", path)).
		WithRemedy("move kai into a folder of your own, or update it as the one who installed it")
}
