//go:build !windows

package pdf

import (
	"os/exec"
	"syscall"
)

// quietly keeps Ctrl-C in kai's terminal from the process: kai ends it.
func quietly(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
