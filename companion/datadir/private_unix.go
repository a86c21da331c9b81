//go:build !windows

package datadir

import "os"

// private makes a folder readable by its owner only.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return &os.PathError{Op: "open", Path: path, Err: os.ErrExist}
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(path, 0o700) //nolint:gosec // a folder needs the x bit
}
