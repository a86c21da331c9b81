package host

import (
	"syscall"
)

// peerUser asks the kernel who is at the other end (SO_PEERCRED).
func peerUser(fd int) (int, error) {
	cred, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
