package blobfile

import (
	"errors"

	"golang.org/x/sys/windows"
)

// full says whether a disk or a quota is used up.
func full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// SyncFolder does nothing: NTFS keeps names in its own log.
func SyncFolder(string) error { return nil }
