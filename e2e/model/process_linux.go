package model

import (
	"os/exec"
	"syscall"
)

// EndWithUs has a program end when this one ends, even when it is killed.
func EndWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
