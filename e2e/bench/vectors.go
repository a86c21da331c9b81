package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/stretchr/testify/require"
)

// vectors measures the exact search by meaning in a real browser, compiled as the browser's program is.
func vectors() subject {
	const (
		meaning = "10,000 passages compared exactly with a question (384 numbers each)"
		words   = "10,000 passages ranked by words"
	)
	return subject{
		name: "vectors", about: "search among 10,000 passages of documents, in WebAssembly",
		figures: []figure{{name: meaning, unit: "ms", limit: atMost(30)}, {name: words, unit: "ms"}},
		open: func(s *stage) func(*meter) {
			dir := s.TempDir()
			tool, tests := filepath.Join(dir, "wasmtest"), filepath.Join(dir, "knowledge.wasm")
			build(s, nil, "build", "-o", tool, "./e2e/tools/wasmtest")
			build(s, []string{"GOOS=js", "GOARCH=wasm"}, "test", "-c", "-gcflags=all=-l", "-o", tests, "./shared/knowledge")
			return func(m *meter) {
				run := exec.CommandContext(s.Context(), tool, tests, "-test.run=^$", "-test.bench=.", "-test.benchtime=20x") //nolint:gosec // built above
				out, err := run.CombinedOutput()
				require.NoError(s, err, string(out))
				m.note(meaning, perRun(s, out, "BenchmarkByVector"))
				m.note(words, perRun(s, out, "BenchmarkByWords"))
			}
		},
	}
}

func build(s *stage, env []string, arguments ...string) {
	s.Helper()
	c := exec.CommandContext(s.Context(), "go", arguments...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	require.NoError(s, err, string(out))
}

// perRun is how many ms a run of a benchmark took.
func perRun(s *stage, out []byte, name string) float64 {
	s.Helper()
	found := regexp.MustCompile(name + `\S*\s+\d+\s+([\d.]+) ns/op`).FindSubmatch(out)
	require.NotNil(s, found, string(out))
	ns, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(s, err)
	return ns / 1e6
}
