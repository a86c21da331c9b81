package harness

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Root is the project's folder.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd() // tests run in the folder of their package
	require.NoError(tb, err, "find the project's folder")
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		require.NotEqual(tb, filepath.Dir(dir), dir, "no go.mod in this folder or above it")
	}
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
