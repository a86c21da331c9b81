package model

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// OllamaVersion is the version built when there is none on PATH; the nested module e2e/tools/ollama pins it.
const OllamaVersion = "0.17.4"

// Ollama returns the path of an Ollama program: $KAI_OLLAMA, the one on PATH, or one built from its Go module (six minutes
// of two cores, once). Progress goes to progress.
func Ollama(ctx context.Context, progress io.Writer) (string, error) {
	if path := os.Getenv("KAI_OLLAMA"); path != "" {
		return path, nil
	}
	if path, err := exec.LookPath("ollama"); err == nil {
		return path, nil
	}
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "ollama-"+OllamaVersion, "ollama"+exeSuffix())
	return cached(path, func(temp string) error { return buildOllama(ctx, temp, progress) })
}

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

// buildOllama compiles the pinned module. Go module archives leave out directories named vendor, where Ollama keeps three
// C++ headers: two come with the system (nlohmann-json3-dev, libstb-dev), miniaudio.h from another Go module.
func buildOllama(ctx context.Context, out string, progress io.Writer) error {
	note(progress, "building Ollama %s from its Go module (once; six minutes on two cores)", OllamaVersion)
	module, err := toolModule("ollama")
	if err != nil {
		return err
	}
	include, err := os.MkdirTemp("", "kai-ollama-include")
	if err != nil {
		return fmt.Errorf("make a folder for headers: %w", err)
	}
	defer func() { _ = os.RemoveAll(include) }()
	if err := copyMiniaudio(ctx, include); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out,
		"-ldflags", "-s -w -X github.com/ollama/ollama/version.Version="+OllamaVersion, "github.com/ollama/ollama")
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "CGO_CPPFLAGS=-I"+include, "GOFLAGS=-mod=readonly", "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build Ollama (needs g++, nlohmann-json3-dev, libstb-dev; `make deps` installs them): %w\n%s", err, tail(text))
	}
	return nil
}

// The module that carries miniaudio.h. No Go code imports it, so go.mod can't pin it.
const (
	miniaudio    = "github.com/gen2brain/malgo@v0.11.24"
	miniaudioSum = "h1:hHcIJVfzWcEDHFdPl5Dl/CUSOjzOleY0zzAV8Kx+imE="
)

func copyMiniaudio(ctx context.Context, include string) error {
	fetch := exec.CommandContext(ctx, "go", "mod", "download", "-json", miniaudio)
	text, err := fetch.Output()
	var module struct{ Dir, Sum, Error string }
	if bad := json.Unmarshal(text, &module); bad != nil && err == nil {
		err = bad
	}
	if err != nil {
		return fmt.Errorf("fetch the module that carries miniaudio.h: %w\n%s", err, module.Error)
	}
	if module.Sum != miniaudioSum {
		return fmt.Errorf("%s has the checksum %s, not %s: it is not what was reviewed", miniaudio, module.Sum, miniaudioSum)
	}
	header, err := os.ReadFile(filepath.Join(module.Dir, "miniaudio.h"))
	if err != nil {
		return fmt.Errorf("read miniaudio.h: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(include, "miniaudio"), 0o755); err != nil {
		return fmt.Errorf("make the header folder: %w", err)
	}
	return os.WriteFile(filepath.Join(include, "miniaudio", "miniaudio.h"), header, 0o600)
}

// toolModule finds a nested module under e2e/tools from wherever in the project the caller runs.
func toolModule(name string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/kindos/kai").Output()
	if err != nil {
		return "", fmt.Errorf("find the project's folder: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "e2e", "tools", name), nil
}

func tail(text []byte) string {
	const most = 2000
	if len(text) > most {
		text = text[len(text)-most:]
	}
	return strings.TrimSpace(string(text))
}
