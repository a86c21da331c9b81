package postgrestest

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// process gives the server's processes their user, and an end when the test dies. PostgreSQL refuses to run as root.
func process() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() == 0 {
		attr.Credential = servant()
	}
	return attr
}

// servant is who runs the server for root: the user that the package made for it, or nobody.
func servant() *syscall.Credential {
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
}

// give lets the server's user have the folder.
func give(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	who := servant()
	if who == nil {
		return errors.New("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
	}
	return os.Chown(dir, int(who.Uid), int(who.Gid))
}

// killAll kills the server first, so that it cannot clean up, then the processes that it had started.
func killAll(server *os.Process) error {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", server.Pid, server.Pid))
	errs := []error{err, server.Kill()}
	for _, child := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(child)
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if !errors.Is(err, syscall.ESRCH) { // it may have ended by itself
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
