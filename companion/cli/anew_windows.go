package cli

import (
	"os"
	"os/exec"

	"github.com/kindos/kai/companion/update"
)

// startAnew starts the program that is in this one's place now.
func startAnew() error {
	self, err := update.Self()
	if err != nil {
		return err
	}
	return exec.Command(self, os.Args[1:]...).Start() //nolint:gosec // our own program
}
