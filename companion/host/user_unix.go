//go:build linux || darwin || freebsd

package host

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// samePerson holds that the process at the other end runs as this user, by the kernel's word.
func samePerson(conn net.Conn) error {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var user int
	var asked error
	if err := raw.Control(func(fd uintptr) { user, asked = peerUser(int(fd)) }); err != nil {
		return err
	}
	if asked != nil {
		return asked
	}
	if user != os.Geteuid() {
		return fmt.Errorf("user %d is at the other end, this is user %d", user, os.Geteuid())
	}
	return nil
}

// onlyOurs holds that a folder is this user's and closed to others; its owner closes it when it is not.
func onlyOurs(dir string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(stat.Uid) != os.Geteuid() {
		return fmt.Errorf("%s is not a folder of this user", dir)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	return os.Chmod(dir, 0o700) //nolint:gosec // a folder needs the x bit
}

func isSocket(info fs.FileInfo) bool { return info.Mode()&fs.ModeSocket != 0 }
