package product

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, writeFile(filepath.Join(dir, name), []byte(text)))
	}
	return dir
}

func TestEqualFoldersGiveEqualPackages(t *testing.T) {
	files := map[string]string{"manifest.json": "{}", "icons/a.png": "png", "b.js": "let b", "a.js": "let a"}
	one, other := folder(t, files), folder(t, files)
	long := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	require.NoError(t, os.Chtimes(filepath.Join(other, "a.js"), long, long))
	require.NoError(t, os.Chmod(filepath.Join(other, "b.js"), 0o600))

	first, err := Archive(one)
	require.NoError(t, err)
	second, err := Archive(other)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second), "time and mode of a file must not show in the package")

	require.NoError(t, os.WriteFile(filepath.Join(other, "a.js"), []byte("let c"), 0o600))
	third, err := Archive(other)
	require.NoError(t, err)
	require.False(t, bytes.Equal(first, third), "other contents must show")
}

func TestAPackageListsItsFilesInOrder(t *testing.T) {
	text, err := Archive(folder(t, map[string]string{"z": "1", "a/b": "2", "m": "3"}))
	require.NoError(t, err)
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"a/b", "m", "z"}, names)
}
