// Command kai is the companion of the kAI extension, and kAI itself in standalone mode.
package main

import (
	"os"

	"github.com/kindos/kai/companion/cli"
)

// version is set by the build.
var version = "dev"

func main() {
	os.Exit(cli.Main(cli.Here(version), os.Args[1:]))
}
