package arch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/arch"
)

func root(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", arch.Module).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// topLevel is all that may lie at the top: the given parts and the usual papers.
func topLevel() []string {
	return []string{
		"wasm", "extension", "companion", "shared", "e2e", "go.mod", "go.sum", "manifest.json", "Makefile",
		"README.md", "ARCHITECTURE.md", "RATIONALE.md", "CHANGELOG.md", "SECURITY.md", "LICENSE",
		".golangci.yml", ".editorconfig", ".ci", ".gitignore",
	}
}

func TestTopLevel(t *testing.T) {
	out, err := gitFiles(root(t))
	require.NoError(t, err)
	var found []string
	for _, path := range out {
		first, _, _ := strings.Cut(path, "/")
		if !slices.Contains(found, first) {
			found = append(found, first)
		}
	}
	for _, name := range found {
		if !slices.Contains(topLevel(), name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
	for _, name := range topLevel() {
		if _, err := os.Stat(filepath.Join(root(t), name)); err != nil {
			t.Errorf("%s is missing", name)
		}
	}
}

func gitFiles(dir string) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = dir
	out, err := cmd.Output()
	return strings.Fields(string(out)), err
}

func TestLockFileNamesNoDownloadAddress(t *testing.T) {
	for _, dir := range []string{"extension", "e2e/bench/testdata/rivals"} {
		raw, err := os.ReadFile(filepath.Join(root(t), dir, "package-lock.json"))
		require.NoError(t, err)
		require.NotContains(t, string(raw), `"resolved"`, dir)
	}
}
