// Command pack builds kAI: `pack build` to run it, `pack dist` to give it away, `pack size` to weigh it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/kindos/kai/e2e/tools/pack/manifest"
	"github.com/kindos/kai/e2e/tools/pack/product"
)

const usage = `usage: go run ./e2e/tools/pack COMMAND

  build   build/chrome, build/firefox (to load unpacked), build/web, build/kai
  full    build/kai-full: kai with DuckDB in it, which needs a C++ compiler
  dist    dist/: the two packages, kai for each platform, SHA256SUMS
  size    what the build weighs, against its budgets
  id      the extension's id in Chromium
  clean   removes what was built
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := perform(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func perform(ctx context.Context, command string) error {
	here, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("finding the checkout: %w", err)
	}
	root, err := product.Root(here)
	if err != nil {
		return err
	}
	p, err := product.Open(root, os.Stdout)
	if err != nil {
		return err
	}
	switch command {
	case "build":
		return p.Build(ctx)
	case "full":
		return p.Full(ctx)
	case "dist":
		return p.Dist(ctx)
	case "size":
		return p.Size(ctx)
	case "id":
		return printID(root)
	case "clean":
		return p.Clean()
	}
	return fmt.Errorf("there is no command %q\n%s", command, usage)
}

func printID(root string) error {
	m, err := manifest.Load(root)
	if err != nil {
		return err
	}
	id, err := m.ChromiumID()
	if err != nil {
		return err
	}
	fmt.Println(id)
	return nil
}
