package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// serveWebApp runs `kai run` where no window can be shown, and says how to get the extension all the same.
func serveWebApp(ctx context.Context, build, home string) error {
	fmt.Println("There is no display here, so kAI is served as a web app instead of opening a browser.")
	fmt.Println("The extension is built. To load it on a computer with a display:")
	fmt.Println("  Chromium, Chrome, Edge: chrome://extensions, Developer mode, Load unpacked:", filepath.Join(build, "chrome"))
	fmt.Println("  Firefox: about:debugging, This Firefox, Load Temporary Add-on:", filepath.Join(build, "firefox", "manifest.json"))
	cmd := kai(ctx, build, home, "run", "--mode", "standalone")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run kai: %w", err)
	}
	return nil
}
