package host

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// startDetached starts cmd without a console and outside the browser's job, which ends everything in it with the browser.
// A job that does not let go is kept: kai then lives as long as the browser.
func startDetached(cmd *exec.Cmd) error {
	const flags = windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: flags | windows.CREATE_BREAKAWAY_FROM_JOB}
	if cmd.Start() == nil {
		return nil
	}
	again := exec.Command(cmd.Path, cmd.Args[1:]...) //nolint:gosec // the same command once more
	again.Stdout, again.Stderr, again.Env, again.Dir = cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir
	again.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: flags}
	*cmd = *again //nolint:govet // neither has started, so no lock of theirs is in use
	return cmd.Start()
}
