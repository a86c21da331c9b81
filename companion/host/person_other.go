//go:build !linux

package host

import "net"

// samePerson relies on the socket's folder, which is private to the person: only they can open what lies in it.
func samePerson(net.Conn) bool { return true }
