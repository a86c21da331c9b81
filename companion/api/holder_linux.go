package api

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// holder names the program that has a port, where the system lets this user see it: " by ollama (process 42)".
func holder(port int) string {
	socket := listening(port)
	if socket == "" {
		return ""
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is well formed
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+socket+"]" {
			pid := strings.Split(link, "/")[2]
			name, _ := os.ReadFile("/proc/" + pid + "/comm") // without a name the number does
			return fmt.Sprintf(" by %s (process %s)", strings.TrimSpace(string(name)), pid)
		}
	}
	return " by a program of another user"
}

// listening finds the inode of the socket that listens on a port, in the kernel's own table (proc(5), net/tcp).
func listening(port int) string {
	const listen, local, state, inode = "0A", 1, 3, 9
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) > inode && f[state] == listen && strings.HasSuffix(f[local], fmt.Sprintf(":%04X", port)) {
				return f[inode]
			}
		}
	}
	return ""
}
