package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Root is the project's folder.
func Root(tb testing.TB) string {
	tb.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kindos/kai").Output()
	require.NoError(tb, err, "find the project's folder")
	return strings.TrimSpace(string(out))
}

// BuildDir is where `make build` puts what tests drive, and where tests put screenshots.
func BuildDir(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(Root(tb), "build")
}

// Built returns the path of something that `make build` made.
func Built(tb testing.TB, name string) string {
	tb.Helper()
	path := filepath.Join(BuildDir(tb), name)
	_, err := os.Stat(path)
	require.NoError(tb, err, "run `make build` first")
	return path
}
