package model

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// CacheDir is where built programs and fetched models are kept, by version: $KAI_DEV_CACHE or kai-dev in the user's cache.
func CacheDir() (string, error) {
	if dir := os.Getenv("KAI_DEV_CACHE"); dir != "" {
		return dir, nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(base, "kai-dev"), nil
}

// cached returns the path of a kept file, making it first when it is absent. The maker writes to a temporary name in the
// same folder, so that an interrupted build is never taken for a whole one.
func cached(path string, make func(temp string) error) (string, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	temp := fmt.Sprintf("%s.%d.part", path, os.Getpid())
	defer func() { _ = os.Remove(temp) }()
	if err := make(temp); err != nil {
		return "", err
	}
	if err := os.Rename(temp, path); err != nil {
		return "", fmt.Errorf("keep %s: %w", filepath.Base(path), err)
	}
	return path, nil
}

// KeptDir returns a folder of the cache by its name, making it first when it is absent. The maker is given a folder of another name, so
// that an interrupted one is never taken for a whole one.
func KeptDir(name string, make func(temp string) error) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	temp, err := os.MkdirTemp(cache, name+"-part-")
	if err != nil {
		return "", fmt.Errorf("make a folder for %s: %w", name, err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := make(temp); err != nil {
		return "", err
	}
	err = os.Rename(temp, dir)
	if _, there := os.Stat(dir); there == nil {
		return dir, nil // another test was first
	}
	return dir, err
}

// note tells a person how long work is getting on.
func note(w io.Writer, format string, args ...any) {
	if w != nil {
		_, _ = fmt.Fprintf(w, format+"\n", args...)
	}
}
