package model

import (
	"os/exec"
	"syscall"
)

// endWithUs has a program end when this one ends, even when it is killed.
func endWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
