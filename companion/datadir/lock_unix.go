//go:build !windows

package datadir

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the lock of an open file; false when another process has it.
func lockFile(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
