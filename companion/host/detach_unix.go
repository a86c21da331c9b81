//go:build !windows

package host

import (
	"os/exec"
	"syscall"
)

// startDetached starts cmd in a session of its own, so that it outlives the browser that started us.
func startDetached(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}
