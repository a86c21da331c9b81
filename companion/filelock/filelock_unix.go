//go:build !windows

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Try takes the lock of an open file; false while somebody else has it.
func Try(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
