package product

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// The oldest browsers that the manifest admits decide what the scripts may use.
const browsers = "--target=chrome116,firefox140"

// viewNames are the pages: the three views, and the debug tools.
func viewNames() []string { return []string{"popup", "sidepanel", "tab", "debug"} }

// scripts are what the TypeScript of every part is made from.
func (p *Product) scripts() []input {
	sources := func(rel string) bool {
		return !strings.HasPrefix(rel, "tests/") && !strings.HasPrefix(rel, "icons/") && !strings.HasPrefix(rel, "overlays/") && !strings.HasPrefix(rel, "_locales/")
	}
	shims := func(rel string) bool { return strings.HasSuffix(rel, ".ts") }
	return []input{{path: p.path("extension"), keep: sources}, {path: p.path("wasm"), keep: shims}}
}

// views is the step that bundles the views; what they share is in chunks beside them.
func (p *Product) views() step {
	out := p.path("build", "parts", "views")
	return step{
		name: "views", inputs: p.scripts(), outputs: []string{filepath.Join(out, "tab.js")},
		do: func(ctx context.Context) error {
			return replaceFolder(out, func(dir string) error { return p.bundleViews(ctx, dir) })
		},
	}
}

func (p *Product) bundleViews(ctx context.Context, dir string) error {
	modules := []string{"--format=esm", "--splitting", "--chunk-names=chunk-[hash]", "--entry-names=[name]", "--outdir=" + dir}
	for _, name := range viewNames() {
		modules = append(modules, filepath.Join("views", name, name+".tsx"))
		if err := copyFile(p.path("extension", "views", name, name+".html"), filepath.Join(dir, name+".html")); err != nil {
			return err
		}
	}
	modules = append(modules, filepath.Join("views", "kit", "moving", "import_worker.ts"), filepath.Join("views", "kit", "knowledge", "extract", "pdf_worker.ts"),
		filepath.Join("views", "kit", "tools", "browser_tools.ts"), filepath.Join("views", "kit", "tools", "guests", "guest_worker.ts"))
	first := []string{"--format=iife", "--outfile=" + filepath.Join(dir, "first_paint.js"), "views/kit/first_paint.ts"}
	style := []string{"--outfile=" + filepath.Join(dir, "kit.css"), "views/kit/kit.css"}
	debug := []string{"--outfile=" + filepath.Join(dir, "debug.css"), "views/debug/debug.css"}
	return errors.Join(p.esbuild(ctx, modules...), p.esbuild(ctx, first...), p.esbuild(ctx, style...), p.esbuild(ctx, debug...))
}

// dashboard is the step that bundles the page that only the web app has: what it draws with is no load for the extension.
func (p *Product) dashboard() step {
	out := p.path("build", "parts", "dashboard")
	return step{
		name: "dashboard", inputs: p.scripts(), outputs: []string{filepath.Join(out, "dashboard.js")},
		do: func(ctx context.Context) error {
			return replaceFolder(out, func(dir string) error {
				page := filepath.Join("views", "dashboard", "dashboard")
				return errors.Join(
					copyFile(p.path("extension", page+".html"), filepath.Join(dir, "dashboard.html")),
					p.esbuild(ctx, "--format=esm", "--splitting", "--chunk-names=dashboard-[hash]", "--entry-names=[name]", "--outdir="+dir, page+".tsx", page+".css"),
				)
			})
		},
	}
}

// background is the step that bundles what starts the runtime.
func (p *Product) background() step {
	out := p.path("build", "parts", "background")
	return step{
		name: "background", inputs: p.scripts(), outputs: []string{filepath.Join(out, "service_worker.js")},
		do: func(ctx context.Context) error {
			return replaceFolder(out, func(dir string) error {
				return p.esbuild(ctx, "--format=iife", "--entry-names=[name]", "--outdir="+dir, "background/service_worker.ts",
					"background/offscreen.ts", "background/event_page.ts", "background/offline.ts")
			})
		},
	}
}

// esbuild runs the bundler that package-lock.json pins.
func (p *Product) esbuild(ctx context.Context, args ...string) error {
	found, _ := filepath.Glob(p.path("extension", "node_modules", "@esbuild", "*", "bin", "esbuild"))
	windows, _ := filepath.Glob(p.path("extension", "node_modules", "@esbuild", "*", "esbuild.exe"))
	found = append(found, windows...)
	if len(found) == 0 {
		return errors.New("extension/node_modules has no esbuild: run make deps")
	}
	always := []string{"--bundle", "--minify", "--charset=utf8", "--legal-comments=eof", "--log-level=warning", browsers}
	cmd := exec.CommandContext(ctx, found[0], append(always, args...)...)
	err := p.commandIn(cmd, p.path("extension"))
	if err != nil && strings.Contains(err.Error(), "Could not resolve") {
		return fmt.Errorf("%w\nextension/node_modules lacks what package.json names: run make deps, or npm ci in extension", err)
	}
	return err
}
