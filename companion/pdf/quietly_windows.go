package pdf

import (
	"os/exec"
	"syscall"
)

// quietly opens no window for the process, and keeps Ctrl-C in kai's console from it: kai ends it.
func quietly(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
