//go:build !windows

package api

import (
	"errors"
	"syscall"
)

// taken says whether somebody else listens there.
func taken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
