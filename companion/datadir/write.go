package datadir

import (
	"os"
	"path/filepath"
)

// Replace is write for files elsewhere. A link stays one: what it points to is replaced.
func Replace(path string, text []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return write(path, text)
}

// write replaces a file in one step, for this user only: a reader sees the old or the new text, never half of it.
func write(path string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600 by CreateTemp
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // what is left of a failed write has no use
	}
	return err
}
