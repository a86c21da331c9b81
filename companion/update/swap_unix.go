//go:build !windows

package update

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/kindos/kai/shared/fault"
)

// keep gives the old program a second name; where the disk has no such names, it is copied.
func (u Updater) keep() error {
	temp := u.beside("keeping")
	if err := gone(temp); err != nil {
		return err
	}
	err := os.Link(u.Program, temp)
	if err != nil {
		err = copyProgram(u.Program, temp)
	}
	if err == nil {
		err = os.Rename(temp, u.Old())
	}
	if err != nil {
		return unwritable(u.Old(), errors.Join(err, gone(temp)))
	}
	return settle(u.Program)
}

func copyProgram(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // our own program
	if err != nil {
		return err
	}
	defer in.Close()                                                             //nolint:errcheck // it was only read
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, programMode) //nolint:gosec // beside it
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// replace gives the new program the name of the old one, in one step. A running one goes on unharmed.
func (u Updater) replace() error {
	if err := os.Rename(u.next(), u.Program); err != nil {
		return unwritable(u.Program, err)
	}
	return settle(u.Program)
}

// bringBack gives the kept program its name again, in one step.
func (u Updater) bringBack() error {
	if err := os.Rename(u.Old(), u.Program); err != nil {
		return unwritable(u.Program, err)
	}
	return settle(u.Program)
}

// settle has the names of a folder on the disk.
func settle(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "opening the folder of the program")
	}
	return errors.Join(folder.Sync(), folder.Close())
}
