package api

import (
	"errors"

	"golang.org/x/sys/windows"
)

// taken says whether somebody else listens there.
func taken(err error) bool { return errors.Is(err, windows.WSAEADDRINUSE) }
