package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/kindos/kai/e2e/tools/pack/manifest"
)

// patience is how long the browser may take to show the extension; a first start on a busy machine is slow.
const patience = 60 * time.Second

// openBrowser shows Chromium with the extension and the side panel, and returns when the person closes it.
func openBrowser(ctx context.Context, build, home string) error {
	id, err := extensionID(build)
	if err != nil {
		return err
	}
	profile := filepath.Join(home, "chromium")
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return fmt.Errorf("make the browser's profile: %w", err)
	}
	if err := installHost(ctx, build, home, profile); err != nil {
		fmt.Println("The extension will work without the companion:", err) // answers then come straight from the model server
	}
	defer stopCompanion(build, home)
	allocated, release := chromedp.NewExecAllocator(ctx, browserFlags(build, profile)...)
	defer release()
	browser, closeBrowser := chromedp.NewContext(allocated)
	defer closeBrowser()
	if err := chromedp.Do(browser, chromedp.Navigate("chrome-extension://"+id+"/tab.html")); err != nil {
		return fmt.Errorf("open Chromium with the extension: %w", err)
	}
	if err := openSidePanel(browser); err != nil {
		fmt.Println("The side panel did not open by itself; click kAI's button in the toolbar:", err)
	}
	fmt.Println("kAI is open. Close the browser or press Ctrl-C here to end.")
	return chromedp.WaitClosed(browser)
}

func browserFlags(build, profile string) []chromedp.ExecAllocatorOption {
	flags := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	flags = append(flags, chromedp.VisibleWindow, chromedp.UserDataDir(profile), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-extensions", false), chromedp.Flag("enable-automation", false),
		chromedp.Flag("load-extension", filepath.Join(build, "chrome")), chromedp.WindowSize(1280, 860))
	if os.Geteuid() == 0 {
		flags = append(flags, chromedp.NoSandbox) // Chromium refuses to run as root with its sandbox
	}
	return flags
}

func extensionID(build string) (string, error) {
	m, err := manifest.For(filepath.Dir(build), "chrome")
	if err != nil {
		return "", err
	}
	return m.ChromiumID()
}

// openSidePanel asks for the panel as a click would.
func openSidePanel(browser context.Context) error {
	yes := true
	ctx, cancel := context.WithTimeout(browser, patience)
	defer cancel()
	out, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression:   `chrome.windows.getCurrent().then((w) => chrome.sidePanel.open({windowId: w.id}))`,
		AwaitPromise: &yes, UserGesture: &yes,
	})
	if err != nil {
		return fmt.Errorf("open the side panel: %w", err)
	}
	if out.ExceptionDetails != nil {
		return &chromedp.ExceptionError{ExceptionDetails: out.ExceptionDetails}
	}
	return nil
}

// installHost tells this profile where kai is, so that the extension finds it by native messaging.
func installHost(ctx context.Context, build, home, profile string) error {
	cmd := kai(ctx, build, home, "native", "install", "--browser", "chromium", "--profile", profile)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("tell the browser about kai: %w\n%s", err, text)
	}
	return nil
}

// stopCompanion ends the kai that the browser started: it would outlive the browser, to finish answers.
func stopCompanion(build, home string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // ours may have been cancelled
	defer cancel()
	_ = kai(ctx, build, home, "stop").Run() // it fails where none runs
}

// kai is our own build, with records apart from those of an installed one.
func kai(ctx context.Context, build, home string, args ...string) *exec.Cmd {
	args = append([]string{"--data", filepath.Join(home, "data")}, args...)
	return exec.CommandContext(ctx, filepath.Join(build, "kai"), args...) //nolint:gosec // our own build
}
