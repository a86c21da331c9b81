//go:build !windows

package cli

import (
	"os"
	"syscall"

	"github.com/kindos/kai/companion/update"
)

// startAnew makes this process the program that is in its place now: the system goes on seeing one service.
func startAnew() error {
	self, err := update.Self()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, os.Environ()) //nolint:gosec // our own program
}
