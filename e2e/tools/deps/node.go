package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// oldestNode is what the interface's tests run on. Debian 12 has 18.
const oldestNode = 20

// ownNode is where a Node of the checkout's own is kept; the Makefile puts it on PATH.
func (c *computer) ownNode() string { return filepath.Join(c.root, "build", "tools") }

func (c *computer) useOwnNode() error {
	bin := filepath.Join(c.ownNode(), "node_modules", ".bin")
	return os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// newerNode gets a Node of the checkout's own when the system's is too old.
func (c *computer) newerNode(ctx context.Context) error {
	text, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err == nil && nodeMajor(string(text)) >= oldestNode {
		return nil
	}
	c.sayf("node %s is too old, %d or newer is needed", strings.TrimSpace(string(text)), oldestNode)
	return c.loud(ctx, "npm", "install", "--no-save", "--no-fund", "--no-audit", "--prefix", c.ownNode(), "node@22")
}

// nodeMajor reads "v20.1.2"; 0 when it is something else.
func nodeMajor(version string) int {
	major, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(version), "v"), ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0
	}
	return n
}

// npm gets what package-lock.json pins, unless it is there.
func (c *computer) npm(ctx context.Context) error {
	dir := filepath.Join(c.root, "extension")
	fits, err := installed(dir)
	if err != nil {
		return err
	}
	if fits {
		return nil
	}
	return c.loud(ctx, "npm", "ci", "--prefix", dir, "--no-fund", "--no-audit")
}

// lockfile is a package-lock.json, or the one npm writes of what it installed.
type lockfile struct {
	Packages map[string]struct {
		Version  string `json:"version"`
		Optional bool   `json:"optional"`
	} `json:"packages"`
}

// installed tells whether node_modules of dir holds what package-lock.json pins.
func installed(dir string) (bool, error) {
	want, err := readLock(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false, err
	}
	have, err := readLock(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err != nil {
		return false, nil //nolint:nilerr // no note, or a damaged one: nothing is known to be installed
	}
	for path, p := range want.Packages {
		got, there := have.Packages[path]
		if path == "" || !there && p.Optional { // optional: made for another platform
			continue
		}
		if got.Version != p.Version {
			return false, nil
		}
	}
	return true, nil
}

func readLock(path string) (lockfile, error) {
	var lock lockfile
	text, err := os.ReadFile(path)
	if err != nil {
		return lock, fmt.Errorf("reading what the interface needs: %w", err)
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return lock, fmt.Errorf("%s is damaged: %w", path, err)
	}
	return lock, nil
}
