//go:build !windows

package cli

import (
	"os/exec"
	"syscall"
)

// detach gives the process a session of its own: signals to the browser's group do not reach it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
