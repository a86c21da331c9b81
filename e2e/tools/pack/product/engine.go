package product

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// engineFolder is where a package keeps what runs models inside the browser. It is loaded by who uses it, and weighed apart.
const engineFolder = "engine"

// engine is the step that bundles the worker which runs models inside the browser, with llama.cpp for it.
func (p *Product) engine() step {
	out := p.path("build", "parts", engineFolder)
	return step{
		name: "engine", inputs: p.scripts(), outputs: []string{filepath.Join(out, "engine.js")},
		do: func(ctx context.Context) error {
			return replaceFolder(out, func(dir string) error { return p.bundleEngine(ctx, dir) })
		},
	}
}

func (p *Product) bundleEngine(ctx context.Context, dir string) error {
	lean, err := p.leanWllama()
	if err != nil {
		return err
	}
	library := filepath.Join(dir, "library.js")
	if err := writeFile(library, lean); err != nil {
		return err
	}
	args := []string{"--format=esm", "--outfile=" + filepath.Join(dir, "engine.js"), "--alias:@wllama/wllama=" + library, "engine/worker.ts"}
	if err := errors.Join(p.esbuild(ctx, args...), os.Remove(library)); err != nil {
		return err
	}
	worker, err := p.llamaWorker()
	if err != nil {
		return err
	}
	program, err := p.wllama("esm", "wasm", "wllama.wasm")
	if err != nil {
		return err
	}
	program, err = withoutNames(program)
	if err != nil {
		return err
	}
	licence, err := p.wllama("LICENCE")
	if err != nil {
		return err
	}
	return errors.Join(writeFile(filepath.Join(dir, "LICENCE"), licence), writeFile(filepath.Join(dir, "llama.js"), worker), writeFile(filepath.Join(dir, "wllama.wasm"), program))
}

func (p *Product) wllama(path ...string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(append([]string{p.path("extension", "node_modules", "@wllama", "wllama")}, path...)...))
	if err != nil {
		return nil, fmt.Errorf("extension/node_modules lacks what package.json names: run make deps, or npm ci in extension: %w", err)
	}
	return text, nil
}

// leanWllama is the library without its worker, which is a file of the package, and without the addresses of code elsewhere.
func (p *Product) leanWllama() ([]byte, error) {
	text, err := p.wllama("esm", "index.js")
	if err != nil {
		return nil, err
	}
	// What it carries of its worker as text, and where it would fetch another build from.
	workerTexts := regexp.MustCompile(`(?m)^var (LLAMA_CPP_WORKER_CODE|OPFS_UTILS_WORKER_CODE|WLLAMA_EMSCRIPTEN_CODE) = .*;$`)
	otherPlaces := regexp.MustCompile(`https://cdn\.jsdelivr\.net/[^"]*`)
	if n := len(workerTexts.FindAll(text, -1)); n != 3 {
		return nil, fmt.Errorf("wllama carries %d texts of its worker, not the 3 that are known: look at what changed", n)
	}
	text = workerTexts.ReplaceAll(text, []byte(`var $1 = "";`))
	return otherPlaces.ReplaceAll(text, nil), nil
}

// llamaWorker puts the worker together as the library itself does (its src/worker.ts), for one thread and no graphics card.
// Browsers without promises in WebAssembly get stand-ins for what llama.cpp's program asks for and then does not use.
func (p *Product) llamaWorker() ([]byte, error) {
	program, err := p.wllama("src", "wasm", "wllama.js")
	if err != nil {
		return nil, err
	}
	worker, err := p.wllama("src", "workers-code", "llama-cpp.js")
	if err != nil {
		return nil, err
	}
	return []byte(strings.Join([]string{
		`// llama.cpp (https://github.com/ggml-org/llama.cpp), copyright the ggml authors, and wllama (https://github.com/ngxson/wllama),`,
		`// copyright Xuan Son Nguyen: both under the MIT licence, see LICENCE.`,
		`Object.defineProperty(WorkerNavigator.prototype, "gpu", { get: () => ({ requestAdapter: async () => null }) });`,
		`WebAssembly.Suspending ??= function (f) { return f; };`,
		`WebAssembly.promising ??= (f) => async (...args) => f(...args);`,
		`const RUN_OPTIONS = { pathConfig: { "wllama.wasm": new URL("wllama.wasm", location.href).href }, nbThread: 0, compat: false };`,
		`function wModuleInit() { ` + strings.Replace(string(program), "var Module", "var ___Module", 1) + `; return Module; }`,
		string(worker),
	}, "\n")), nil
}

// withoutNames takes the names of functions out of a WebAssembly program: a quarter of a megabyte that only a debugger reads.
func withoutNames(program []byte) ([]byte, error) {
	const head = 8 // magic and version
	if len(program) < head {
		return nil, errors.New("this is no WebAssembly program")
	}
	out := append([]byte{}, program[:head]...)
	for rest := program[head:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		end := uint64(1+n) + size
		if n <= 0 || end > uint64(len(rest)) {
			return nil, errors.New("this WebAssembly program is cut off")
		}
		if custom := rest[0] == 0; !custom {
			out = append(out, rest[:end]...)
		}
		rest = rest[end:]
	}
	return out, nil
}
