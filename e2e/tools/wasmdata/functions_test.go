package wasmdata

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A stripped module still says by file and line where in our own code it came to its end. It runs in Node.js, as Go's own
// tests do.
func TestAPanicSaysFileAndLineOfOurOwnCode(t *testing.T) {
	program := filepath.Join(t.TempDir(), "panics.wasm")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", program, "./testdata/panics") //nolint:gosec // the test's own
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	module, err := os.ReadFile(program) //nolint:gosec // made above
	require.NoError(t, err)
	module, err = Merge(module)
	require.NoError(t, err)
	before := said(t, program, module)
	require.Contains(t, before, "main.deep")
	module, err = Strip(module, func(name string) bool { return strings.HasPrefix(name, "main.") })
	require.NoError(t, err)
	after := said(t, program, module)
	require.NotContains(t, after, "main.deep")
	require.Contains(t, after, "nil pointer dereference")
	require.Len(t, lines(before), 3, "deep, strings.Map and main")
	require.Contains(t, lines(before)[1], "strings/strings.go:")
	require.Len(t, lines(after), 3)
	require.Equal(t, lines(before)[0], lines(after)[0])
	require.True(t, strings.HasPrefix(lines(after)[1], "?:0"), lines(after)[1])
	require.Equal(t, lines(before)[2], lines(after)[2])
	require.Contains(t, lines(after)[0], "testdata/panics/main.go:10")
}

// said is what a module says as it ends.
func said(t *testing.T, path string, module []byte) string {
	t.Helper()
	require.NoError(t, os.WriteFile(path, module, 0o600))
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	require.NoError(t, err)
	node := exec.CommandContext(t.Context(), "node", filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js"), path) //nolint:gosec // Go's own
	out, err := node.CombinedOutput()
	require.Error(t, err)
	return string(out)
}

// lines are the places in files that a trace names.
func lines(trace string) (out []string) {
	for line := range strings.Lines(trace) {
		if strings.HasPrefix(line, "\t") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

func TestAModuleWithoutATableOfFunctionsIsRefused(t *testing.T) {
	for name, module := range map[string]string{
		"empty":             "",
		"none":              "\x00asm\x01\x00\x00\x00",
		"cut":               header,
		"two":               header + strings.Repeat("\x00", 64) + header,
		"offsets out of it": header + strings.Repeat("\xff", 64),
	} {
		_, err := Strip([]byte(module), func(string) bool { return true })
		require.ErrorIs(t, err, errMalformed, name)
	}
}
