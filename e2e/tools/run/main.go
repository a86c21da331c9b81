// Command run is what `make run` starts: the assistant with its embedded defaults, opened in front of the person.
//
// With a display it opens a Chromium profile of its own with the extension loaded and the side panel open; without one it
// serves the web app. Where no model server answers it starts a real Ollama with a small model first. It ends when the
// browser is closed or with Ctrl-C. It may import e2e/model and third-party packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/kindos/kai/e2e/model"
)

const ollamaAddr = "127.0.0.1:11434"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "make run:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	cache, err := model.CacheDir()
	if err != nil {
		return err
	}
	server, err := ensureModelServer(ctx, cache)
	if err != nil {
		return fmt.Errorf("%w\nkAI also works with any Ollama or OpenAI-compatible server that you start yourself", err)
	}
	if server != nil {
		defer server.Close()
	}
	build, err := filepath.Abs("build")
	if err != nil {
		return fmt.Errorf("find the build folder: %w", err)
	}
	home := filepath.Join(cache, "run")
	if !hasDisplay() {
		return serveWebApp(ctx, build, home)
	}
	return openBrowser(ctx, build, home)
}

// ensureModelServer starts an Ollama of ours where nobody answers at Ollama's address; nil when somebody does.
func ensureModelServer(ctx context.Context, cache string) (*model.Server, error) {
	if model.Answers(ctx, "http://"+ollamaAddr+"/api/version") {
		fmt.Println("Ollama answers at", ollamaAddr)
		return nil, nil //nolint:nilnil // no server of ours is needed
	}
	fmt.Println("No model server answers at", ollamaAddr+": starting one with a small model")
	home := filepath.Join(cache, "run", "ollama")
	server, err := model.Serve(ctx, model.Options{Home: home, Addr: ollamaAddr, Progress: os.Stdout})
	if err != nil {
		return nil, err
	}
	if err := server.AddSmall(ctx, os.Stdout); err != nil {
		server.Close()
		return nil, err
	}
	fmt.Println("Ollama serves", model.Small, "at", ollamaAddr)
	return server, nil
}

// hasDisplay says whether a window can be shown. KAI_NO_DISPLAY=1 asks for the web app all the same.
func hasDisplay() bool {
	if os.Getenv("KAI_NO_DISPLAY") != "" {
		return false
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	return strings.TrimSpace(os.Getenv("DISPLAY")+os.Getenv("WAYLAND_DISPLAY")) != ""
}
