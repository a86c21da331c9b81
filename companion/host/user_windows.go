package host

import (
	"fmt"
	"io/fs"
	"net"
)

// samePerson has nothing to ask: a unix socket on Windows carries no credentials. The access list of the user's AppData,
// which the socket's folder inherits, keeps others from connecting.
func samePerson(net.Conn) error { return nil }

func onlyOurs(dir string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	return nil
}

// isSocket: Windows shows a socket as a file of no regular kind, and some versions as one without content.
func isSocket(info fs.FileInfo) bool {
	return !info.Mode().IsRegular() && !info.IsDir() || info.Size() == 0 && !info.IsDir()
}
