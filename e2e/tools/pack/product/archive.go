package product

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Archive packs a folder into a zip. Equal folders give equal bytes: names in order, no times, no owners.
func Archive(dir string) ([]byte, error) {
	return archive(dir, func(string) bool { return true })
}

// archive packs those files of a folder whose slash path keep wants.
func archive(dir string, keep func(name string) bool) ([]byte, error) {
	names, err := filesOf(dir)
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !keep(name) })
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, name := range names {
		if err := addFile(z, dir, name); err != nil {
			return nil, fmt.Errorf("packing %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("closing the package: %w", err)
	}
	return out.Bytes(), nil
}

func filesOf(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		names = append(names, filepath.ToSlash(rel))
		return err
	})
	slices.Sort(names)
	return names, err
}

func addFile(z *zip.Writer, dir, name string) error {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	head := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	head.SetMode(0o644)
	w, err := z.CreateHeader(head)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
