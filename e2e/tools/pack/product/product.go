// Package product builds what people get: the extension for each browser, the web app, the companion.
//
// A step whose inputs did not change since it last ran is skipped, so a warm build takes a moment. Everything lands in
// build/ (to run) and dist/ (to give away) of the checkout. Imports e2e/tools/pack/manifest,
// companion/update (which signs) and the standard library.
package product

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kindos/kai/e2e/tools/pack/manifest"
)

// Product is a checkout that is built.
type Product struct {
	root    string
	version string
	say     io.Writer

	releases releases // of Dist
}

// Open prepares to build the checkout at root; progress goes to say.
func Open(root string, say io.Writer) (*Product, error) {
	m, err := manifest.Load(root)
	if err != nil {
		return nil, err
	}
	return &Product{root: root, version: m.Version(), say: say}, nil
}

// Root finds the checkout that dir is in.
func Root(dir string) (string, error) {
	for {
		if _, err := os.Stat(filepath.Join(dir, "manifest.json")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("this is not a checkout of kAI: no manifest.json here or above")
		}
		dir = up
	}
}

// Version is the version that is built.
func (p *Product) Version() string { return p.version }

// Build makes build/chrome, build/firefox, build/web and build/kai.
func (p *Product) Build(ctx context.Context) error {
	unlock, err := lock(p.path("build", ".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := together(
		func() error { return p.run(ctx, p.wasm()) },
		func() error { return p.runAll(ctx, p.views(), p.background(), p.dashboard(), p.engine()) },
	); err != nil {
		return err
	}
	return p.runAll(ctx, p.webApp(), p.extension("chrome"), p.extension("firefox"), p.companion())
}

// Clean removes everything that was built.
func (p *Product) Clean() error {
	return errors.Join(os.RemoveAll(p.path("build")), os.RemoveAll(p.path("dist")), emptyFolder(p.embedded()))
}

func (p *Product) path(parts ...string) string {
	return filepath.Join(append([]string{p.root}, parts...)...)
}

func (p *Product) sayf(format string, args ...any) { fmt.Fprintf(p.say, format+"\n", args...) }

// together runs fs at once and waits for all.
func together(fs ...func() error) error {
	failures := make(chan error, len(fs))
	for _, f := range fs {
		go func() { failures <- f() }()
	}
	var all []error
	for range fs {
		all = append(all, <-failures)
	}
	return errors.Join(all...)
}
