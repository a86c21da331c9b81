package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// quietFirefox keeps a fresh profile from asking and from talking to anybody.
const quietFirefox = `user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
`

// browseFirefox opens the address in a Firefox of its own (KAI_FIREFOX, else firefox-esr) until the tests have ended.
func (p *page) browseFirefox(ctx context.Context, address, extension string) error {
	if extension != "" {
		return errors.New("an extension is tested in Chromium alone")
	}
	profile, err := os.MkdirTemp("", "wasmtest-firefox")
	if err != nil {
		return fmt.Errorf("make a profile: %w", err)
	}
	defer func() { _ = os.RemoveAll(profile) }()
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(quietFirefox), 0o600); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	program := "firefox-esr"
	if path := os.Getenv("KAI_FIREFOX"); path != "" {
		program = path
	}
	cmd := exec.CommandContext(ctx, program, "--headless", "--no-remote", "--profile", profile, address) //nolint:gosec // the test's own browser
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_HEADLESS=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start Firefox (`make deps` installs it): %w", err)
	}
	left := make(chan error, 1)
	go func() { left <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Signal(syscall.SIGTERM); <-left }() //nolint:errcheck // it was told to end
	select {
	case <-p.exit:
		return nil
	case err := <-left:
		left <- err
		return errors.Join(errors.New("the tests did not end: Firefox did"), err)
	case <-ctx.Done():
		return fmt.Errorf("the tests did not end: %w", context.Cause(ctx))
	}
}
