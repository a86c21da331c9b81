// Command kai is the companion of the kAI extension, and kAI itself in standalone mode.
package main

import (
	"os"

	"github.com/kindos/kai/companion/cli"
)

// version and updates are set by the build; updates is KEY@https://ADDRESS of releases (see companion/update).
var (
	version = "dev"
	updates = ""
)

func main() {
	program := cli.Here(version)
	program.Updates = updates
	os.Exit(cli.Main(program, os.Args[1:]))
}
