//go:build !linux && !windows

package supervise

import (
	"os"
	"os/exec"
	"syscall"
)

// apart gives the program a group of its own, so that Ctrl-C in kai's terminal reaches kai alone. These systems don't end a
// program with a killed kai.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func askToEnd(p *os.Process) { _ = p.Signal(syscall.SIGTERM) } // else it has ended

// endNow kills the program with all that it started.
func endNow(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) } // else it has ended
