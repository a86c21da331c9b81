package product

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func writeFile(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making room for %s: %w", path, err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	return writeFile(to, text)
}

// copyAny copies a file to the path to, or the files of a folder into it.
func copyAny(from, to string) error {
	about, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	if about.IsDir() {
		return copyFolder(from, to)
	}
	return copyFile(from, to)
}

// copyFolder copies the files of from, at any depth, into to.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

// replaceFolder has fill make a folder beside the one at path, and then puts it in its place: whoever has the old one
// open never sees a half-made one.
func replaceFolder(path string, fill func(dir string) error) error {
	fresh := path + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("clearing %s: %w", fresh, err)
	}
	if err := os.MkdirAll(fresh, 0o755); err != nil {
		return fmt.Errorf("making %s: %w", fresh, err)
	}
	if err := fill(fresh); err != nil {
		return err
	}
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("clearing %s: %w", path, err)
	}
	return os.Rename(fresh, path)
}

// emptyFolder removes what was built into a folder. What is kept in git there keeps a clean clone compiling: names that
// start with a dot.
func emptyFolder(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("emptying %s: %w", path, err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
	}
	return err
}
