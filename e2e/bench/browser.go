package main

import (
	"context"
	"embed"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
)

// pages are what the product is compared with, and what fills its database. They are put into a copy of the packed
// extension, so that they have the same origin, the same process and the same database.
//
//go:embed pages
var pages embed.FS

// extension makes the copy.
func extension(s *stage) string {
	dir, root := s.TempDir(), harness.Root(s)
	require.NoError(s, os.CopyFS(dir, os.DirFS(harness.Built(s, "chrome"))))
	sources, err := pages.ReadDir("pages")
	require.NoError(s, err)
	for _, source := range sources {
		text, err := pages.ReadFile("pages/" + source.Name())
		require.NoError(s, err)
		if filepath.Ext(source.Name()) == ".html" {
			require.NoError(s, os.WriteFile(filepath.Join(dir, source.Name()), text, 0o600))
			continue
		}
		perform(s, root, nil, filepath.Join("extension", "node_modules", ".bin", "esbuild"), "e2e/bench/pages/"+source.Name(),
			"--bundle", "--minify", "--format=iife", "--outdir="+dir, "--log-level=warning")
	}
	perform(s, root, []string{"GOOS=js", "GOARCH=wasm"}, "go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "load.wasm"), "./wasm/cmd/load")
	return dir
}

func perform(s *stage, dir string, environment []string, name string, args ...string) {
	cmd := exec.CommandContext(s.ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), environment...)
	said, err := cmd.CombinedOutput()
	require.NoError(s, err, "%s: %s", name, said)
}

// profile makes a browser profile in which the product has been used: so many conversations, and every view's first paint
// kept by a runtime that ran once.
func profile(s *stage, extension string, conversations int, services ...service.Spec) string {
	return profileOf(s, extension, history(s, conversations, services...))
}

const loadedAtOnce = 50_000 // records: a page holds their text several times while it loads them

// profileOf is a profile with these records.
func profileOf(s *stage, extension string, records []record.Record) string {
	o := harness.Options{Profile: s.TempDir(), Extension: extension}
	var text []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) }))
	defer server.Close()
	c := harness.StartChromium(s, o)
	defer c.Close()
	p := c.Open(s, c.ExtensionURL("load.html"))
	for part := range slices.Chunk(records, loadedAtOnce) {
		text = export(s, part)
		var problem string
		p.Eval("load('"+server.URL+"')", &problem)
		require.Empty(s, problem, "load the history")
	}
	p = c.Open(s, c.ExtensionURL("sidepanel.html"))
	p.Until("the first look of the next view", "(localStorage.getItem('kai-snapshot') ?? '').includes('welcomed')")
	p.Close()
	return o.Profile
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
