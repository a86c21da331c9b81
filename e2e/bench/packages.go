package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/tools/pack/product"
)

const megabyte = 1e6

// packages weighs what is downloaded: paid at every installation and update.
func packages() subject {
	const program, chrome, firefox = "kai.wasm, brotli", "package for Chromium without the engine, zipped", "package for Firefox without the engine, zipped"
	return subject{
		name: "packages", about: "what the program and the packages weigh", steady: true,
		figures: []figure{
			{name: program, unit: "MB", limit: atMost(product.WasmBudget / megabyte)},
			{name: chrome, unit: "MB", limit: atMost(product.PackageBudget / megabyte)},
			{name: firefox, unit: "MB", limit: atMost(product.PackageBudget / megabyte)},
		},
		open: func(s *stage) func(*meter) {
			return func(m *meter) {
				m.note(program, float64(squeezed(s, filepath.Join(harness.Built(s, "chrome"), "kai.wasm")))/megabyte)
				m.note(chrome, float64(zipped(s, "chrome"))/megabyte)
				m.note(firefox, float64(zipped(s, "firefox"))/megabyte)
			}
		},
	}
}

func zipped(s *stage, browser string) int {
	pack, err := product.WithoutEngine(harness.Built(s, browser))
	require.NoError(s, err)
	return len(pack)
}

func squeezed(s *stage, path string) int {
	text, err := os.ReadFile(path)
	require.NoError(s, err)
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	_, err = w.Write(text)
	require.NoError(s, err)
	require.NoError(s, w.Close())
	return out.Len()
}
