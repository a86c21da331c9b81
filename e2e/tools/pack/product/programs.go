package product

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/e2e/tools/wasmdata"
)

// wasm is the step that makes the browser's program and the script that carries it.
func (p *Product) wasm() step {
	out := p.path("build", "parts", "wasm")
	program := filepath.Join(out, "kai.wasm")
	return step{
		name: "wasm",
		inputs: []input{
			{path: p.path("shared"), keep: goSources},
			{path: p.path("wasm"), keep: goSources},
			{path: p.path("e2e", "tools", "wasmdata"), keep: goSources},
			{path: p.path("go.mod")},
			{path: p.path("go.sum")},
		},
		outputs: []string{program, filepath.Join(out, "wasm_exec.js")},
		do: func(ctx context.Context) error {
			// Without inlining the program is 9 % smaller to send, and no slower where it was measured.
			_ = os.Remove(program) // the go command leaves what it would link to the same, and would leave the shrunk one
			if err := p.goBuild(ctx, target{os: "js", arch: "wasm"}, "./wasm/cmd/kai", program, "-gcflags=all=-l"); err != nil {
				return err
			}
			if err := shrink(program); err != nil {
				return err
			}
			carrier, err := p.carrier(ctx)
			if err != nil {
				return err
			}
			return copyFile(carrier, filepath.Join(out, "wasm_exec.js"))
		},
	}
}

// shrink makes a module smaller to send.
func shrink(path string) error {
	module, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the program: %w", err)
	}
	merged, err := wasmdata.Merge(module)
	if err != nil {
		return fmt.Errorf("merge the data of %s: %w", path, err)
	}
	small, err := wasmdata.Strip(merged, ours)
	if err != nil {
		return fmt.Errorf("take out of %s what only a trace shows: %w", path, err)
	}
	if err := os.WriteFile(path, small, 0o600); err != nil {
		return fmt.Errorf("write the program: %w", err)
	}
	return nil
}

// ours says whether a function is of this project: a trace says where in them something went wrong.
func ours(name string) bool {
	return strings.HasPrefix(name, "main.") || strings.HasPrefix(name, "github.com/kindos/kai/")
}

// carrier finds wasm_exec.js, which must be of the toolchain that built the program.
func (p *Product) carrier(ctx context.Context) (string, error) {
	goroot, err := p.output(ctx, "go", "env", "GOROOT")
	if err != nil {
		return "", err
	}
	return filepath.Join(strings.TrimSpace(goroot), "lib", "wasm", "wasm_exec.js"), nil
}

// companion is the step that makes kai for this computer.
func (p *Product) companion() step {
	here := here()
	out := p.path("build", here.file("kai"))
	return step{
		name:     "kai",
		inputs:   p.companionInputs(),
		settings: []string{p.version, here.os, here.arch},
		outputs:  []string{out},
		do:       func(ctx context.Context) error { return p.goBuild(ctx, here, "./companion/cmd/kai", out) },
	}
}

func (p *Product) companionInputs() []input {
	return []input{
		{path: p.path("shared"), keep: goSources},
		{path: p.path("companion"), keep: goSources},
		{path: p.path("go.mod")},
		{path: p.path("go.sum")},
	}
}

// target is a platform that Go builds for.
type target struct{ os, arch string }

func (t target) file(name string) string {
	if t.os == "windows" {
		return name + ".exe"
	}
	return name
}

// goBuild makes a stripped program without cgo, the same bytes on every computer.
func (p *Product) goBuild(ctx context.Context, t target, pkg, out string, extra ...string) error {
	return p.compile(ctx, []string{"CGO_ENABLED=0", "GOOS=" + t.os, "GOARCH=" + t.arch}, pkg, out, extra...)
}

func (p *Product) compile(ctx context.Context, settings []string, pkg, out string, extra ...string) error {
	flags := "-s -w -X main.version=" + p.version
	if p.releases.key != nil {
		flags += " -X main.updates=" + p.releases.stamp()
	}
	args := append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", out}, extra...)
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), settings...)
	return p.command(cmd)
}

func (p *Product) command(cmd *exec.Cmd) error { return p.commandIn(cmd, p.root) }

func (p *Product) commandIn(cmd *exec.Cmd, dir string) error {
	var said bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(cmd.Path), err, strings.TrimSpace(said.String()))
	}
	return nil
}

func (p *Product) output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = p.root
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(text), nil
}
