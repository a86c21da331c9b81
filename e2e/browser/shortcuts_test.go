package browser_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

func TestTheShortcutsAreThereAndOpenViews(t *testing.T) {
	t.Parallel()
	const shortcuts = `chrome.commands.getAll().then((all) => Object.fromEntries(all.map((c) => [c.name, c.shortcut])))`
	want := map[string]string{"open-panel": "Alt+Shift+K", "open-popup": "Alt+Shift+U", "open-tab": "Alt+Shift+O"}
	check := func(t *testing.T, p *harness.Page) {
		t.Helper()
		var got map[string]string
		p.Eval(shortcuts, &got)
		for name, keys := range want {
			require.Equal(t, keys, got[name], name)
		}
	}
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		b := harness.StartChromium(t, harness.Options{})
		worker := b.Worker(t, "service_worker")
		check(t, worker)
		// Keys that belong to the browser's window never reach a headless one: what they cause is caused here.
		worker.Eval(`chrome.commands.onCommand.dispatch("open-tab")`, nil)
		b.Attach(t, "tab.html").Shows("Welcome to kAI")
	})
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		b := harness.StartFirefox(t, harness.Options{}, "")
		p := open(t, b, "tab")
		check(t, p)
		b.PressShortcut(t, 0)
		b.Window(t).Until("the side panel", `SidebarController.isOpen && document.getElementById("sidebar").contentDocument
		  ?.querySelector("browser")?.currentURI.spec.endsWith("/sidepanel.html")`)
	})
}
