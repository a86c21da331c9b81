package datadir

import "os"

// private checks that the folder is one; a user's AppData is closed to others by the access list it inherits.
func private(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return &os.PathError{Op: "open", Path: path, Err: os.ErrExist}
	}
	return err
}
