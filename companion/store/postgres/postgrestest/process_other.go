//go:build !linux

package postgrestest

import (
	"os"
	"syscall"
)

// process leaves the server's processes as they are started.
func process() *syscall.SysProcAttr { return nil }

// give leaves the folder with who made it.
func give(string) error { return nil }

// killAll kills the server; its processes end when they see that it is gone.
func killAll(server *os.Process) error { return server.Kill() }
