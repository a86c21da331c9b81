//go:build unix

package product

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock waits until no other build of this checkout runs.
func lock(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making room for the build: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the build's lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("waiting for another build: %w", err)
	}
	return func() { _ = f.Close() }, nil
}
