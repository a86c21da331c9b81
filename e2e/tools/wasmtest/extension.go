package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// extensionPage is where the tests run in an extension.
const extensionPage = "test.html"

// extension lays out the extension that testdata/manifest.json of the package under test declares, with the tests as its
// page. "" when the package declares none.
func (p *page) extension() (dir string, remove func(), err error) {
	manifest, err := os.ReadFile(filepath.Join("testdata", "manifest.json"))
	if errors.Is(err, os.ErrNotExist) {
		return "", func() {}, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("read the extension's manifest: %w", err)
	}
	if dir, err = os.MkdirTemp("", "wasmtest-extension"); err != nil {
		return "", nil, fmt.Errorf("make a folder for the extension: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if dir, err = filepath.EvalSymlinks(dir); err != nil { // the browser makes the id of the real path
		return "", nil, fmt.Errorf("find the extension's folder: %w", err)
	}
	files := map[string][]byte{"manifest.json": manifest, extensionPage: []byte(html), "bundle.js": p.bundle, "boot.js": []byte(p.boot)}
	for name, path := range map[string]string{"wasm_exec.js": p.exec, "test.wasm": p.binary} {
		if files[name], err = os.ReadFile(path); err != nil {
			remove()
			return "", nil, fmt.Errorf("read what the extension needs: %w", err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			remove()
			return "", nil, fmt.Errorf("write the extension: %w", err)
		}
	}
	return dir, remove, nil
}
