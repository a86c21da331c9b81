package main

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// pocketBase is the peer of kai's start and memory: one binary in Go with its records in SQLite, as kai is.
type pocketBase struct{ binary, data string }

// newPocketBase builds PocketBase, which is a module of its own, and loads so many messages of 1 KB.
func newPocketBase(s *stage, messages int) pocketBase {
	p := pocketBase{filepath.Join(s.TempDir(), "pocketbase"), filepath.Join(s.TempDir(), "data")}
	perform(s, filepath.Join(harness.Root(s), "e2e", "tools", "pocketbase"), []string{"GOFLAGS=-mod=mod"}, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", p.binary, ".")
	perform(s, "", nil, p.binary, "fill", strconv.Itoa(messages), "--dir", p.data)
	return p
}

// start starts it on a free port and waits until it answers.
func (p pocketBase) start(s *stage) *companion {
	cmd := exec.CommandContext(s.ctx, p.binary, "serve", "--http", freeAddress(s), "--dir", p.data)
	return started(s, cmd, "/api/health", func(line string) string {
		_, url, _ := strings.Cut(line, "Server started at ")
		return url
	})
}

// freeAddress is one that nobody listened at a moment ago.
func freeAddress(s *stage) string {
	free, err := model.FreeAddr()
	require.NoError(s, err)
	return free
}
