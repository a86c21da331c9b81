package product

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// step is a piece of the build: do makes outputs from inputs and settings, and from nothing else.
type step struct {
	name     string
	inputs   []input
	settings []string
	outputs  []string
	do       func(ctx context.Context) error
}

// input is a file, or a folder of which keep chooses files by their slash path (nil: all).
type input struct {
	path string
	keep func(rel string) bool
}

func (p *Product) runAll(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		if err := p.run(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// run does a step unless its inputs are those of its last success and its outputs are still there.
func (p *Product) run(ctx context.Context, s step) error {
	sum, err := p.fingerprint(s)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	note := p.path("build", ".steps", s.name)
	if last, err := os.ReadFile(note); err == nil && string(last) == sum && allExist(s.outputs) {
		p.sayf("%-12s unchanged", s.name)
		return nil
	}
	_ = os.Remove(note) // a step that fails half-way must not pass for done
	start := time.Now()
	if err := s.do(ctx); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	p.sayf("%-12s built in %.1f s", s.name, time.Since(start).Seconds())
	return writeFile(note, []byte(sum))
}

// fingerprint is a hash over everything that a step's outputs depend on.
func (p *Product) fingerprint(s step) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, s.name, runtime.Version(), s.settings)
	builder := input{path: p.path("e2e", "tools", "pack"), keep: goSources} // how it is built counts too
	for _, in := range append(s.inputs, builder) {
		if err := hashInput(h, in); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashInput(h io.Writer, in input) error {
	return filepath.WalkDir(in.path, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == in.path {
			return nil
		}
		if err != nil {
			return err
		}
		if d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		rel, _ := filepath.Rel(in.path, path)
		if d.IsDir() || in.keep != nil && !in.keep(filepath.ToSlash(rel)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintln(h, filepath.ToSlash(rel), len(text))
		_, err = h.Write(text)
		return err
	})
}

// goSources chooses what a Go program is built from.
func goSources(rel string) bool {
	return !strings.HasSuffix(rel, "_test.go") && !strings.Contains(rel, "testdata/")
}

func allExist(paths []string) bool {
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	return true
}
