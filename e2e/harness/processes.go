package harness

import (
	"os/exec"
	"syscall"
)

// grouped makes the processes that a browser starts a group, which can be ended as one, and has it end with the tests.
func grouped(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killGroup kills a browser with all its processes. Whoever then waits for the leader, which ends last, finds that nothing
// writes into its profile any more.
func killGroup(leader int) {
	_ = syscall.Kill(-leader, syscall.SIGKILL) // it may have ended already
}
