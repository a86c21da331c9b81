//go:build duckdb && cgo && !windows

package duckdb

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the lock of an open file; false when somebody has it, also in this process.
func lockFile(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
