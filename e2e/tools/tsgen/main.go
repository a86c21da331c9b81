// Command tsgen writes extension/gen/wire.ts: the TypeScript types of everything that crosses to a view.
//
// The types come by reflection from assistant.Wire() and the protocol's envelope; unions of constants, comments and the
// table of methods come from the Go source. Run it from anywhere in the tree: `go run ./e2e/tools/tsgen`.
// Imports shared/* and the standard library.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// Target is the generated file, relative to the root of the tree.
const Target = "extension/gen/wire.ts"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "tsgen:", err)
		os.Exit(1)
	}
}

func run() error {
	root, err := findRoot()
	if err != nil {
		return err
	}
	text, err := Generate(root)
	if err != nil {
		return err
	}
	target := filepath.Join(root, Target)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.WriteFile(target, []byte(text), 0o644)
}

// findRoot walks up from the working directory to the folder that holds go.mod and shared/assistant.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "shared", "assistant")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("run this inside the kAI source tree")
		}
		dir = parent
	}
}
