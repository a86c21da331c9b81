package browser_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// The pages are at an address that the manifest names, so that the browser lets kAI know of their tabs without being asked. What the
// person answers when the browser does ask is a stand-in's: no test can press the browser's own buttons.
func TestSeveralTabsAreAskedAbout(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		openAll(t, b, site(t, "127.0.0.1"), "/", "/video", "/talk")
		p := view(t, b, "tab", l)
		p.Front()
		p.Click("button", "Ask about open tabs")
		p.Shows("To list every open tab, kAI asks your browser to show it their titles and addresses.")
		p.Shows("Herons of the “North”")
		if b.Name() == "chromium" {
			p.Shoot("tabs")
			p.Resize(1280, 800)
		}
		p.Eval(`(chrome.permissions.request = async (what) => !what.permissions, true)`, nil)
		p.Click("button", "Allow")
		p.Shows("Not allowed, so only the tabs that kAI may see already are listed.")
		for _, title := range []string{"Herons of the “North”", "Otters at play", "A talk on kelp"} {
			p.Click("checkbox", title)
		}
		p.Click("button", "Attach 3 tabs")
		p.Locate("list", "Attached to your message")
		p.Locate("button", "Remove “Herons of the “North””")
		p.Locate("button", "Remove “A talk on kelp”")
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		body := chatBody(t, l)
		require.Contains(t, body, "waits at the water's edge")
		require.Contains(t, body, `Transcript\n\nTwo otters cross the weir.\nOne of them carries a stone.`, "captions that nobody turned on, without those who speak and what was said twice")
		require.Contains(t, body, "Filmed in spring.")
		require.Contains(t, body, "Kelp is no plant.")
		require.Contains(t, body, "shelter the young of many fish")
		require.NotContains(t, body, "hidden")
	})
}

// Once kAI may list all tabs, those that nobody may read are named, and those of a site that the person refuses are.
func TestTabsThatMayNotBeReadAreNamed(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T, o harness.Options) harness.Browser{
		"chromium": func(t *testing.T, o harness.Options) harness.Browser { return harness.StartChromium(t, o) },
		"firefox":  func(t *testing.T, o harness.Options) harness.Browser { return harness.StartFirefox(t, o, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			build, protected := "chrome", "chrome://version/"
			if name == "firefox" {
				build, protected = "firefox", "about:license"
			}
			b := start(t, harness.Options{Extension: listing(t, harness.Built(t, build))})
			l := line(t)
			openAll(t, b, site(t, "127.0.0.1"), "/")
			openAll(t, b, site(t, "127.0.0.2"), "/video")
			b.Open(t, protected)
			p := view(t, b, "tab", l)
			p.Front()
			p.Click("button", "Ask about open tabs")
			p.Shows("The browser lets no extension read this page.")
			p.Hides("To list every open tab")
			if name == "chromium" {
				p.Shoot("tabs-all")
				p.Resize(1280, 800)
			}
			var disabled int
			p.Eval(`document.querySelectorAll(".tabs input:disabled").length`, &disabled)
			require.Positive(t, disabled, "what the browser protects cannot be chosen")
			p.Eval(`(chrome.permissions.request = async () => false, true)`, nil)
			p.Click("checkbox", "Herons of the “North”")
			p.Click("checkbox", "Otters at play")
			p.Click("button", "Attach 2 tabs")
			p.Locate("button", "Remove “Herons of the “North””")
			p.Shows("These tabs could not be read: Otters at play.")
			p.Shows("kAI needs your permission for 127.0.0.2")
			p.Locate("button", "Allow")
			ask(t, p, "hello kai")
			p.Shows(model.Answer("hello kai"))
			require.Contains(t, chatBody(t, l), "waits at the water's edge")
		})
	}
}

// listing is the extension as it is once the person lets it list tabs.
func listing(t *testing.T, built string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(built)))
	path := filepath.Join(dir, "manifest.json")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	given, _ := m["permissions"].([]any)
	m["permissions"] = append(given, "tabs")
	delete(m, "optional_permissions")
	text, err = json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return dir
}

func openAll(t *testing.T, b harness.Browser, url string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		b.Open(t, url+path).Until("the page", `document.readyState === "complete"`)
	}
}
