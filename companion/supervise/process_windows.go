package supervise

import (
	"os"
	"os/exec"
	"syscall"
)

// apart keeps Ctrl-C in kai's console from the program. Windows doesn't end it with a killed kai.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// askToEnd ends it: Windows has no signal that asks a program without a window.
func askToEnd(p *os.Process) { endNow(p) }

func endNow(p *os.Process) { _ = p.Kill() } // else it has ended
