package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// clock makes the page that hosts the runtime believe that it is that many milliseconds later.
const clock = `globalThis.Date = class extends Date {
  constructor(...a) { if (a.length) super(...a); else super(Date.now()); }
  static now() { return super.now() + OFFSET }
};
`

// atAnotherTime is the extension with the clock of its runtime moved.
func atAnotherTime(t *testing.T, browser, offset string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), browser)
	folder := map[string]string{"chromium": "chrome", "firefox": "firefox"}[browser]
	require.NoError(t, os.CopyFS(dir, os.DirFS(harness.Built(t, folder))))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "clock.js"), []byte(strings.ReplaceAll(clock, "OFFSET", offset)), 0o600))
	file, first := "offscreen.html", `<script src="./clock.js"></script><script src="./wasm_exec.js"`
	old := `<script src="./wasm_exec.js"`
	if browser == "firefox" {
		file, old, first = "manifest.json", `"wasm_exec.js"`, `"clock.js", "wasm_exec.js"`
	}
	raw, err := os.ReadFile(filepath.Join(dir, file))
	require.NoError(t, err)
	require.Contains(t, string(raw), old)
	require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(strings.Replace(string(raw), old, first, 1)), 0o600))
	return dir
}
