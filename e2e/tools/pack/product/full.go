package product

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
)

// Full makes build/kai-full: kai for this computer with what is C++ in it, which is DuckDB.
func (p *Product) Full(ctx context.Context) error {
	if err := p.Build(ctx); err != nil {
		return err
	}
	if compiler, found := p.compiler(ctx); !found {
		return fmt.Errorf("there is no C++ compiler %s: get it with make deps, or name another in CXX", compiler)
	}
	unlock, err := lock(p.path("build", ".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	return p.run(ctx, p.full())
}

// full is the step that makes it.
func (p *Product) full() step {
	out := p.path("build", here().file("kai-full"))
	return step{
		name:     "kai-full",
		inputs:   p.companionInputs(),
		settings: []string{p.version, runtime.GOOS, runtime.GOARCH},
		outputs:  []string{out},
		do:       func(ctx context.Context) error { return p.buildFull(ctx, out) },
	}
}

// buildFull compiles and links on and for this computer: the program needs this system's C library, or a later one.
func (p *Product) buildFull(ctx context.Context, out string) error {
	return p.compile(ctx, []string{"CGO_ENABLED=1"}, "./companion/cmd/kai", out, "-tags=duckdb")
}

// here is this computer's platform.
func here() target { return target{os: runtime.GOOS, arch: runtime.GOARCH} }

// compiler is the C++ compiler that Go would call, and whether it is there.
func (p *Product) compiler(ctx context.Context) (name string, found bool) {
	text, err := p.output(ctx, "go", "env", "CXX")
	if fields := strings.Fields(text); err == nil && len(fields) > 0 {
		name = fields[0]
		_, err = exec.LookPath(name)
	}
	return name, err == nil && name != ""
}

// distFull adds the full kai for this computer's platform, where it can be made, and names the file.
func (p *Product) distFull(ctx context.Context) ([]string, error) {
	if compiler, found := p.compiler(ctx); !found {
		p.sayf("no full kai: there is no C++ compiler %s", compiler)
		return nil, nil
	}
	name := here().file("kai-" + p.version + "-" + runtime.GOOS + "-" + runtime.GOARCH + "-full")
	if err := p.buildFull(ctx, p.path("dist", name)); err != nil {
		return nil, fmt.Errorf("the full kai: %w", err)
	}
	p.sayf("dist/%s", name)
	return []string{name}, p.offer("kai-full-"+runtime.GOOS+"-"+runtime.GOARCH, name)
}
