package product

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"

	"github.com/kindos/kai/e2e/tools/pack/manifest"
)

func iconNames() []string {
	return []string{"icon-16.png", "icon-32.png", "icon-48.png", "icon-128.png"}
}

// extension is the step that lays a browser's package out in build/<browser>.
func (p *Product) extension(browser string) step {
	out := p.path("build", browser)
	return step{
		name: browser,
		inputs: []input{
			{path: p.path("manifest.json")},
			{path: p.path("LICENSE")},
			{path: p.path("extension", "overlays")},
			{path: p.path("extension", "_locales")},
			{path: p.path("extension", "icons")},
			{path: p.path("extension", "background")},
			{path: p.path("build", "parts")},
		},
		outputs: []string{filepath.Join(out, "manifest.json")},
		do: func(context.Context) error {
			return replaceFolder(out, func(dir string) error { return p.layOut(browser, dir) })
		},
	}
}

func (p *Product) layOut(browser, dir string) error {
	m, err := manifest.For(p.root, browser)
	if err != nil {
		return err
	}
	text, err := m.JSON()
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "manifest.json"), text); err != nil {
		return err
	}
	return copyAll(append(p.common(dir), p.hosting(browser, dir)...))
}

// piece is a file or folder to copy.
type piece struct{ from, to string }

func (p *Product) common(dir string) []piece {
	pieces := []piece{
		{p.path("LICENSE"), filepath.Join(dir, "LICENSE")},
		{p.path("build", "parts", "wasm"), dir},
		{p.path("build", "parts", "views"), dir},
		{p.path("extension", "_locales"), filepath.Join(dir, "_locales")},
		{p.path("build", "parts", engineFolder), filepath.Join(dir, engineFolder)},
	}
	return append(pieces, p.icons(filepath.Join(dir, "icons"))...)
}

func (p *Product) icons(dir string) []piece {
	var pieces []piece
	for _, name := range iconNames() {
		pieces = append(pieces, piece{p.path("extension", "icons", name), filepath.Join(dir, name)})
	}
	return pieces
}

// hosting is what the browser hosts the runtime with.
func (p *Product) hosting(browser, dir string) []piece {
	bundled := func(name string) piece {
		return piece{p.path("build", "parts", "background", name), filepath.Join(dir, name)}
	}
	if browser == "firefox" {
		return []piece{bundled("event_page.js")}
	}
	source := func(name string) piece {
		return piece{p.path("extension", "background", name), filepath.Join(dir, name)}
	}
	return []piece{bundled("service_worker.js"), bundled("offscreen.js"), source("offscreen.html"), source("managed_schema.json")}
}

// embedded is where the companion embeds the web app from.
func (p *Product) embedded() string { return p.path("companion", "webapp", "dist") }

// webApp is the step that makes the tab, and the dashboard, into the web app that kai serves.
func (p *Product) webApp() step {
	out := p.path("build", "web")
	return step{
		name: "web", inputs: []input{
			{path: p.path("build", "parts", "views")}, {path: p.path("build", "parts", "dashboard")}, {path: p.path("extension", "icons")},
			{path: p.path("build", "parts", "wasm")}, {path: p.path("build", "parts", "background", "offline.js")},
		},
		outputs: []string{filepath.Join(out, "index.html"), filepath.Join(out, "dashboard.html"), filepath.Join(p.embedded(), "index.html")},
		do: func(context.Context) error {
			if err := replaceFolder(out, p.layOutWeb); err != nil {
				return err
			}
			if err := emptyFolder(p.embedded()); err != nil {
				return err
			}
			return copyFolder(out, p.embedded())
		},
	}
}

func (p *Product) layOutWeb(dir string) error {
	views := p.path("build", "parts", "views")
	pieces := []piece{{filepath.Join(views, "tab.html"), filepath.Join(dir, "index.html")}, {p.path("build", "parts", "dashboard"), dir}}
	for _, pattern := range []string{"tab.js", "tab.css", "chunk-*", "kit.css", "first_paint.js", "pdf_worker.js", "import_worker.js"} {
		found, _ := filepath.Glob(filepath.Join(views, pattern))
		for _, path := range found {
			pieces = append(pieces, piece{path, filepath.Join(dir, filepath.Base(path))})
		}
	}
	pieces = append(pieces, piece{p.path("build", "parts", "background", "offline.js"), filepath.Join(dir, "offline.js")},
		piece{p.path("build", "parts", "wasm", "wasm_exec.js"), filepath.Join(dir, "wasm_exec.js")})
	if err := copyAll(append(pieces, p.icons(filepath.Join(dir, "icons"))...)); err != nil {
		return err
	}
	return packFile(p.path("build", "parts", "wasm", "kai.wasm"), filepath.Join(dir, "kai.wasm.gz"))
}

// packFile writes a file packed by gzip, the same bytes for the same bytes.
func packFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return writeFile(to, out.Bytes())
}

func copyAll(pieces []piece) error {
	for _, c := range pieces {
		if err := copyAny(c.from, c.to); err != nil {
			return err
		}
	}
	return nil
}
