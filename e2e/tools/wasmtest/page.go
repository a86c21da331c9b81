package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// page is what the browser loads: the test binary and what has to be there before it.
type page struct {
	binary string // path of the test binary
	exec   string // path of Go's wasm_exec.js
	bundle []byte // the package's own script
	boot   string // starts the binary

	once sync.Once
	exit chan struct{} // closed when the tests have ended
	code int           // their exit code, once exit is closed
}

const html = `<!doctype html><meta charset="utf-8"><title>tests</title><script src="wasm_exec.js"></script><script src="bundle.js"></script><script src="boot.js"></script>`

// boot is the script that runs the binary: what it prints goes out in order, then its exit code.
const boot = `
let sent = Promise.resolve();
const send = (path, body) => { sent = sent.then(() => fetch(HOME + path, { method: "POST", body })); };
const fail = (error) => { send("/output", "page: " + (error?.stack ?? error) + "\n"); send("/exit?code=1"); };
globalThis.fs.writeSync = (_fd, data) => { send("/output", data.slice()); return data.length; };
addEventListener("error", (e) => send("/output", "page: " + e.message + "\n"));
addEventListener("unhandledrejection", (e) => send("/output", "page: " + (e.reason?.stack ?? e.reason) + "\n"));
const go = new Go();
go.argv = ARGV;
go.env = ENV;
let code = 0;
go.exit = (c) => { code = c; };
WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject)
  .then(({ instance }) => go.run(instance)).then(() => send("/exit?code=" + code), fail);
`

// newPage prepares the page; home is where the server that it tells its results to listens.
func newPage(ctx context.Context, args []string, home string) (*page, error) {
	root, err := goroot(ctx)
	if err != nil {
		return nil, err
	}
	bundle, err := bundlePage(ctx)
	if err != nil {
		return nil, err
	}
	return &page{
		binary: args[0], exec: filepath.Join(root, "lib", "wasm", "wasm_exec.js"), bundle: bundle,
		boot: strings.NewReplacer("ARGV", literal(arguments(args)), "ENV", literal(environment()), "HOME", literal(home)).Replace(boot),
		exit: make(chan struct{}),
	}, nil
}

func (p *page) routes() http.Handler {
	mux := http.NewServeMux()
	text := func(path, kind, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind+"; charset=utf-8")
			_, _ = w.Write([]byte(body)) // a browser that left needs no page
		})
	}
	text("/{$}", "text/html", html)
	text("/bundle.js", "text/javascript", string(p.bundle))
	text("/boot.js", "text/javascript", p.boot)
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, p.exec) })
	mux.HandleFunc("GET /test.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		http.ServeFile(w, r, p.binary)
	})
	mux.HandleFunc("POST /output", p.output)
	mux.HandleFunc("POST /exit", p.ended)
	mountProbe(mux)
	return mux
}

// arguments leaves out what needs a file system.
func arguments(args []string) []string {
	out := []string{"test"}
	for _, arg := range args[1:] {
		if !strings.HasPrefix(arg, "-test.testlogfile=") && !strings.HasPrefix(arg, "-test.gocoverdir=") {
			out = append(out, arg)
		}
	}
	return out
}

// environment hands on what is meant for tests.
func environment() map[string]string {
	out := map[string]string{}
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "KAI_") {
			out[name] = value
		}
	}
	return out
}

func literal(v any) string {
	text, _ := json.Marshal(v) // strings always marshal
	return string(text)
}

func goroot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("ask go where it is: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// bundlePage bundles testdata/page.ts of the package under test, in whose folder go test runs us.
func bundlePage(ctx context.Context) ([]byte, error) {
	entry := filepath.Join("testdata", "page.ts")
	if _, err := os.Stat(entry); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	root, err := module()
	if err != nil {
		return nil, err
	}
	esbuild := filepath.Join(root, "extension", "node_modules", ".bin", "esbuild")
	command := exec.CommandContext(ctx, esbuild, entry, "--bundle", "--format=iife", "--target=es2022", "--log-level=warning")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("bundle %s (npm ci in extension/ gets esbuild): %w", entry, err)
	}
	return out, nil
}

// module is the folder of go.mod above the working directory.
func module() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			err = errors.New("there is no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
