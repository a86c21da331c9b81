package cli

import (
	"context"
	"os/exec"
	"runtime"
	"strings"
)

// openBrowser opens an address in the person's browser, by the platform's own opener.
func openBrowser(ctx context.Context, address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...) //nolint:gosec // the address is ours
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // ends with the opener; its verdict comes too late to tell
	return nil
}

// extensionOrigins are the origins of our own extension, as the manifest's key fixes them. Firefox gives every profile
// an origin of its own; it uses native messaging, which needs none.
func extensionOrigins() []string { return []string{"chrome-extension://" + extensionID} }

// calledByBrowser recognises how browsers start a host for native messaging: Chromium with the caller's origin (and a
// window on Windows), Firefox with the manifest's path and the add-on's id.
func calledByBrowser(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return strings.HasPrefix(args[0], "chrome-extension://") ||
		len(args) >= 2 && strings.HasSuffix(args[0], ".json") && strings.Contains(args[1], "@")
}
