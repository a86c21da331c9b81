//go:build darwin || freebsd

package host

import "golang.org/x/sys/unix"

// peerUser asks the kernel who is at the other end (LOCAL_PEERCRED, which getpeereid reads).
func peerUser(fd int) (int, error) {
	cred, err := unix.GetsockoptXucred(fd, unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
