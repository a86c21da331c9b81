package product

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/andybalholm/brotli"
)

// Budgets in bytes. What an extension weighs is paid at every installation and update, what its program weighs at every start.
const (
	WasmBudget    = 1_000_000 // brotli, the best it can
	PackageBudget = 2_500_000 // zipped, without the engine
	EngineBudget  = 3_000_000 // zipped: what runs models inside the browser
)

// Size prints what the build weighs and fails when it is over a budget.
func (p *Product) Size(ctx context.Context) error {
	if err := p.Build(ctx); err != nil {
		return err
	}
	program, err := os.ReadFile(p.path("build", "parts", "wasm", "kai.wasm"))
	if err != nil {
		return fmt.Errorf("weighing: %w", err)
	}
	squeezed, err := squeeze(program)
	if err != nil {
		return err
	}
	p.sayf("%-22s %10s %10s", "", "bytes", "budget")
	p.sayf("%-22s %10d", "kai.wasm", len(program))
	over := []error{p.weigh("kai.wasm, brotli", squeezed, WasmBudget)}
	for _, browser := range []string{"chrome", "firefox"} {
		pack, err := WithoutEngine(p.path("build", browser))
		if err != nil {
			return err
		}
		over = append(over, p.weigh(browser+" package, zipped", len(pack), PackageBudget))
	}
	engine, err := archive(p.path("build", "chrome"), ofEngine)
	if err != nil {
		return err
	}
	over = append(over, p.weigh("engine, zipped", len(engine), EngineBudget))
	return errors.Join(over...)
}

// WithoutEngine packs a folder as Archive does, but for the engine: it is what PackageBudget is of.
func WithoutEngine(dir string) ([]byte, error) {
	return archive(dir, func(name string) bool { return !ofEngine(name) })
}

func ofEngine(name string) bool { return strings.HasPrefix(name, engineFolder+"/") }

func (p *Product) weigh(what string, bytes, budget int) error {
	p.sayf("%-22s %10d %10d", what, bytes, budget)
	if bytes > budget {
		return fmt.Errorf("%s: %d bytes are over the budget of %d", what, bytes, budget)
	}
	return nil
}

func squeeze(text []byte) (int, error) {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	if _, err := io.Copy(w, bytes.NewReader(text)); err != nil {
		return 0, fmt.Errorf("squeezing: %w", err)
	}
	if err := w.Close(); err != nil {
		return 0, fmt.Errorf("squeezing: %w", err)
	}
	return out.Len(), nil
}
