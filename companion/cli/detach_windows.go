package cli

import (
	"os/exec"
	"syscall"
)

// detach keeps the process from ending with the browser's job and from showing a console.
func detach(cmd *exec.Cmd) {
	const newGroupNoWindow = 0x00000200 | 0x08000000
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: newGroupNoWindow}
}
