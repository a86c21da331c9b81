package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
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

func TestAClockThatWasSetBackKeepsTheOrder(t *testing.T) {
	t.Parallel()
	restartable(t, func(t *testing.T, start func(string) harness.Browser) {
		b := start(atAnotherTime(t, filepath.Base(t.Name()), "3 * 24 * 60 * 60 * 1000"))
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "First: hello kai")
		p.Shows(model.Answer("hello kai"))
		p.Shows("tokens/s")
		b.Close()

		b = start("") // three days earlier
		p = open(t, b, "tab")
		p.Click("button", "First: hello kai")
		p.Shows(model.Answer("hello kai"))
		ask(t, p, "Second: say it in unicode")
		p.Shows(model.Answer("say it in unicode"))
		inOrder(t, p)
		other := open(t, b, "tab") // as it is read from the store
		openConversation(t, other, "First: hello kai")
		other.Shows(model.Answer("say it in unicode"))
		inOrder(t, other)
	})
}

func inOrder(t *testing.T, p *harness.Page) {
	t.Helper()
	p.Until("four messages", `document.querySelectorAll("[role=log] article").length === 4`)
	var text string
	p.Eval(`document.querySelector("[role=log]").innerText`, &text)
	last := -1
	for _, piece := range []string{"First: hello kai", model.Answer("hello kai"), "Second: say it in unicode", model.Answer("say it in unicode")} {
		at := strings.Index(text, piece)
		require.Greater(t, at, last, "%q is out of order in %s", piece, text)
		last = at
	}
}
