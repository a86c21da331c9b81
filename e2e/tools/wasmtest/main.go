// Command wasmtest runs a js/wasm test binary in a real Chromium, for `go test -exec`:
//
//	GOOS=js GOARCH=wasm go test -exec "go run ./e2e/tools/wasmtest" ./wasm/...
//
// It serves the binary with Go's wasm_exec.js from loopback; a package's testdata/page.ts is bundled and loaded first. A
// package with a testdata/manifest.json is tested in a page of that extension instead, with the powers it asks for. What the
// tests print comes out here and their exit code is this program's. KAI_WASMTEST_BROWSER=firefox takes a real Firefox, for what
// needs no extension.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kindos/kai/e2e/tools/pack/manifest"
)

// patience is how long one test binary may take when KAI_WASMTEST_TIMEOUT does not say otherwise.
const patience = 10 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "wasmtest:", err)
		code = max(code, 1)
	}
	stop()
	os.Exit(code) //nolint:gocritic // stop has run
}

// run executes one test binary with its arguments and gives its exit code.
func run(ctx context.Context, args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("usage: wasmtest BINARY [ARGUMENT...]")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 1, fmt.Errorf("listen on loopback: %w", err)
	}
	defer listener.Close() //nolint:errcheck // serving closes it too
	home := "http://" + listener.Addr().String()
	page, err := newPage(ctx, args, home)
	if err != nil {
		return 1, err
	}
	extension, remove, err := page.extension()
	if err != nil {
		return 1, err
	}
	defer remove()
	server := &http.Server{Handler: page.routes(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with Close below
	defer func() { _ = server.Close() }()
	limit := patience
	if d, err := time.ParseDuration(os.Getenv("KAI_WASMTEST_TIMEOUT")); err == nil {
		limit = d
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	browse := page.browse
	if os.Getenv("KAI_WASMTEST_BROWSER") == "firefox" {
		browse = page.browseFirefox
	}
	if err := browse(ctx, home+"/", extension); err != nil {
		return 1, err
	}
	return page.code, nil
}

// browse opens the address, or the extension's page when there is one, in a browser of its own until the tests have ended.
func (p *page) browse(ctx context.Context, address, extension string) error {
	profile, err := os.MkdirTemp("", "wasmtest")
	if err != nil {
		return fmt.Errorf("make a profile: %w", err)
	}
	defer func() { _ = os.RemoveAll(profile) }()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(profile))
	if extension != "" {
		options = append(options, chromedp.Flag("disable-extensions", false), chromedp.Flag("load-extension", extension))
		address = "chrome-extension://" + manifest.ChromiumIDOf([]byte(extension)) + "/" + extensionPage
	}
	if path := os.Getenv("KAI_CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx, options...)
	defer stopAllocator()
	tab, stopTab := chromedp.NewContext(allocator)
	defer stopTab()
	if err := chromedp.Do(tab, chromedp.Navigate(address)); err != nil {
		return fmt.Errorf("open the test page: %w", err)
	}
	select {
	case <-p.exit:
		return nil
	case <-tab.Done():
		return fmt.Errorf("the tests did not end: %w", context.Cause(tab))
	}
}

func (p *page) output(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(os.Stdout, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (p *page) ended(_ http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.URL.Query().Get("code"))
	if err != nil {
		code = 1
	}
	p.once.Do(func() { p.code = code; close(p.exit) })
}
