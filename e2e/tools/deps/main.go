// Command deps makes a fresh computer ready to build, run and test kAI. What is there already is left alone; what is
// missing is installed where that can be done without asking (Debian and Ubuntu, as root or with sudo), and named with the
// command that gets it elsewhere.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

// errMissing ends the command with exit code 2: parts are missing that it can't install.
var errMissing = errors.New("parts are missing")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	purpose := forTest
	if len(os.Args) > 1 {
		purpose = purposeOf(os.Args[1])
	}
	if purpose == 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./e2e/tools/deps [build|run|test]")
		os.Exit(2)
	}
	err := prepare(ctx, purpose)
	switch {
	case errors.Is(err, errMissing):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "deps:", err)
		os.Exit(1)
	}
}

func prepare(ctx context.Context, purpose purpose) error {
	root, err := checkout()
	if err != nil {
		return err
	}
	c := &computer{root: root, say: os.Stdout}
	if err := c.useOwnNode(); err != nil {
		return err
	}
	if missing := c.missing(ctx, parts(), purpose); len(missing) > 0 {
		if err := c.get(ctx, missing); err != nil {
			return err
		}
	}
	if err := c.newerNode(ctx); err != nil {
		return err
	}
	return c.npm(ctx)
}

func checkout() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the checkout: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("this is not a checkout of kAI: no manifest.json here or above")
		}
	}
}
