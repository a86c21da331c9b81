package cli

import (
	"errors"
	"fmt"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// The exit codes, as the help of kai tells them.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitMissing = 3
)

// errSaid is an error that has been told to the person already.
type errSaid struct{ code int }

// Error is for programmers; nobody sees it.
func (e errSaid) Error() string { return "said" }

// usage is a wrong command line; command is the one whose help tells the right one.
func usage(message, command string) error {
	return fault.New(fault.Invalid, "%s", message).WithRemedy("see %s --help", command)
}

// exit tells the person what went wrong, in the form "kai: what; remedy", and gives the exit code.
func (c *commands) exit(err error) int {
	if err == nil {
		return exitOK
	}
	var said errSaid
	if errors.As(err, &said) {
		return said.code
	}
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			_, _ = fmt.Fprintln(c.Stderr, "kai:", p.String())
		}
		return exitUsage
	}
	f := told(err)
	if f == nil {
		return c.exitPlain(err)
	}
	_, _ = fmt.Fprintln(c.Stderr, "kai:", sentence(f))
	if c.verbose {
		_, _ = fmt.Fprintln(c.Stderr, "kai: cause:", err)
	}
	return codeOf(f)
}

// exitPlain tells an error without a code.
func (c *commands) exitPlain(err error) int {
	_, _ = fmt.Fprintln(c.Stderr, "kai:", err)
	return exitFailed
}

// told finds the fault to tell: the deepest one that knows a remedy, because that is where it went wrong; else the nearest.
func told(err error) *fault.Fault {
	var nearest, best *fault.Fault
	var walk func(error)
	walk = func(err error) {
		if f, ok := err.(*fault.Fault); ok { //nolint:errorlint // the chain is walked by hand
			if nearest == nil {
				nearest = f
			}
			if f.Remedy != "" {
				best = f
			}
		}
		switch e := err.(type) { //nolint:errorlint // the chain is walked by hand
		case interface{ Unwrap() error }:
			if next := e.Unwrap(); next != nil {
				walk(next)
			}
		case interface{ Unwrap() []error }:
			for _, next := range e.Unwrap() {
				walk(next)
			}
		}
	}
	walk(err)
	if best != nil {
		return best
	}
	return nearest
}

// sentence is a fault for a person on one line.
func sentence(f *fault.Fault) string {
	text := f.Message
	if f.Field != "" {
		text = f.Field + ": " + text
	}
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// codeOf is the exit code of a fault.
func codeOf(f *fault.Fault) int {
	switch f.Code {
	case fault.Invalid:
		return exitUsage
	case fault.Unavailable, fault.Unsupported, fault.NotFound, fault.Conflict:
		return exitMissing
	default:
		return exitFailed
	}
}
