package sandbox

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

const pagesPerMB = 16 // of 64 KB

// Guest is a module that is ready to be called. Calls share nothing: each has memory of its own.
type Guest struct {
	Manifest

	runtime wazero.Runtime
	module  wazero.CompiledModule
}

// Load makes a guest of a module. One that wants what no guest is given is refused with what that is.
func Load(ctx context.Context, m Manifest, module []byte) (*Guest, error) {
	if len(module) > maxModule {
		return nil, fault.New(fault.Exhausted, "a guest's module has at most %d MB", maxModule>>20)
	}
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(uint32(m.MemoryMB) * pagesPerMB).WithCloseOnContextDone(true) //nolint:gosec // checked: at most 512
	g := &Guest{Manifest: m, runtime: wazero.NewRuntimeWithConfig(ctx, config)}
	if err := g.compile(ctx, module); err != nil {
		_ = g.Close(ctx)
		return nil, err
	}
	return g, nil
}

func (g *Guest) compile(ctx context.Context, module []byte) error {
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, g.runtime); err != nil {
		return fmt.Errorf("prepare WASI: %w", err)
	}
	compiled, err := g.runtime.CompileModule(ctx, module)
	if err != nil {
		return fault.Wrap(fault.Malformed, err, "the module cannot be used: "+short(err.Error())).
			WithRemedy("build it for wasip1: GOOS=wasip1 GOARCH=wasm go build -o %s", ModuleFile)
	}
	g.module = compiled
	for _, f := range compiled.ImportedFunctions() {
		if from, name, _ := f.Import(); from != wasi_snapshot_preview1.ModuleName {
			return fault.New(fault.Unsupported, "the module wants %.60s.%.60s, which no guest is given", from, name)
		}
	}
	if _, ok := compiled.ExportedFunctions()["_start"]; !ok {
		return fault.New(fault.Malformed, "the module has no _start").WithRemedy("build it as a command for wasip1")
	}
	return nil
}

// Close frees what the guest holds.
func (g *Guest) Close(ctx context.Context) error { return g.runtime.Close(ctx) }

// Call runs the guest on arguments, a JSON object, and gives what it says.
func (g *Guest) Call(ctx context.Context, arguments string) (string, error) {
	if err := tool.CheckArguments(g.definition(), arguments); err != nil {
		return "", err
	}
	within, cancel := context.WithTimeout(ctx, g.within())
	defer cancel()
	said, wrong := &bounded{most: tool.MaxResult + 1}, &bounded{most: 4 * maxErrorWords}
	config := wazero.NewModuleConfig().WithName("").WithArgs(g.Name).WithStdin(strings.NewReader(arguments)).WithStdout(said).WithStderr(wrong)
	if g.may(Clock) {
		config = config.WithSysWalltime().WithSysNanotime().WithSysNanosleep()
	}
	if g.may(Random) {
		config = config.WithRandSource(rand.Reader)
	}
	instance, err := g.runtime.InstantiateModule(within, g.module, config)
	if instance != nil {
		_ = instance.Close(ctx)
	}
	if err := g.ended(ctx, within, err, wrong.text()); err != nil {
		return "", err
	}
	return said.text(), nil
}

// ended says how a call ended.
func (g *Guest) ended(ctx, within context.Context, err error, words string) error {
	var exit *sys.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case within.Err() != nil:
		return fault.New(fault.Timeout, "%s did not come to an end within %d s", g.Name, g.Seconds).WithRemedy("its manifest may ask for more (seconds, %d at most)", maxSeconds)
	case err == nil, errors.As(err, &exit) && exit.ExitCode() == 0:
		return nil
	case strings.Contains(words, "out of memory"):
		return fault.New(fault.Exhausted, "%s wants more than its %d MB of memory", g.Name, g.MemoryMB).WithRemedy("its manifest may ask for more (memory_mb, %d at most)", maxMemory)
	case words != "":
		return fault.New(fault.Invalid, "%s", short(words))
	}
	return fault.Wrap(fault.Invalid, err, g.Name+" failed: "+short(err.Error()))
}

// bounded keeps the beginning of what is written; the rest is let go.
type bounded struct {
	bytes.Buffer

	most int
}

// Write takes all, and keeps what there is room for.
func (b *bounded) Write(text []byte) (int, error) {
	if room := b.most - b.Len(); room > 0 {
		b.Buffer.Write(text[:min(room, len(text))])
	}
	return len(text), nil
}

func (b *bounded) text() string { return strings.ToValidUTF8(strings.TrimSpace(b.String()), "\uFFFD") }

// short is the beginning of a text on one line.
func short(text string) string {
	line := strings.Join(strings.Fields(text), " ")
	if len(line) > maxErrorWords {
		line = strings.ToValidUTF8(line[:maxErrorWords], "")
	}
	return line
}
