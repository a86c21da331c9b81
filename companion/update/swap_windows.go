package update

import (
	"errors"
	"os"
	"strconv"
	"time"
)

// keep makes room for the old program, which replace renames: a running program can be renamed, and not replaced.
func (u Updater) keep() error { return u.aside(u.Old()) }

// aside removes a program, or renames it when it still runs.
func (u Updater) aside(path string) error {
	if gone(path) == nil {
		return nil
	}
	if err := os.Rename(path, u.beside("gone-"+strconv.FormatInt(time.Now().UnixNano(), 36))); err != nil {
		return unwritable(path, err)
	}
	return nil
}

// replace renames twice. Windows has no one step for this: a computer that fails between the two has kai.old.exe alone.
func (u Updater) replace() error {
	if err := os.Rename(u.Program, u.Old()); err != nil {
		return unwritable(u.Program, err)
	}
	if err := os.Rename(u.next(), u.Program); err != nil {
		return unwritable(u.Program, errors.Join(err, os.Rename(u.Old(), u.Program)))
	}
	return nil
}

// bringBack renames the kept program back.
func (u Updater) bringBack() error {
	if err := u.aside(u.Program); err != nil {
		return err
	}
	if err := os.Rename(u.Old(), u.Program); err != nil {
		return unwritable(u.Program, err)
	}
	return nil
}
