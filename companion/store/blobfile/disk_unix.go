//go:build !windows

package blobfile

import (
	"errors"
	"os"
	"syscall"
)

// full says whether a disk, a quota or a limit on files is used up.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func readOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// SyncFolder makes new names in a folder survive a power cut.
func SyncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // a folder of ours
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
