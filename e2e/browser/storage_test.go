package browser_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

func TestAPrivateWindowSaysThatNothingIsKept(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	settings := b.Open(t, "chrome://extensions")
	settings.Eval(`chrome.developerPrivate.updateExtensionConfiguration({ extensionId: "`+b.ID+`", incognitoAccess: true })`, nil)
	b.Worker(t, "service_worker") // the extension was loaded anew
	p := view(t, b, "tab", l)
	ask(t, p, "tell me a story")
	p.Shows("Sentence 60 of the story.")
	p.Eval(`chrome.windows.create({ incognito: true, url: "popup.html" })`, nil)

	private := b.Attach(t, "popup.html")
	private.Shows("Private window: nothing is kept after it closes.")
	require.NotContains(t, private.Text(), "tell me a story")
	connect(t, private, l.URL)
	private.Click("button", "Settings")
	private.Shows("Kept in memory only: everything is gone when the browser closes.")
	private.Click("button", "Back")
	ask(t, private, "A secret: hello kai")
	private.Shows(model.Answer("hello kai"))
	var outside string
	p.Eval(everything, &outside)
	require.NotContains(t, outside, "A secret")
	require.NotContains(t, p.Text(), "A secret")
}

// refuseStorage puts a file where the browser would keep its databases.
func refuseStorage(t *testing.T, path ...string) {
	t.Helper()
	at := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(at), 0o700))
	require.NoError(t, os.WriteFile(at, []byte("no folder"), 0o600))
}

func TestRefusedStorageFallsBackToMemoryAndSaysSo(t *testing.T) {
	t.Parallel()
	start := map[string]func(t *testing.T) harness.Browser{
		"chromium": func(t *testing.T) harness.Browser {
			profile := t.TempDir()
			refuseStorage(t, profile, "Default", "IndexedDB")
			return harness.StartChromium(t, harness.Options{Profile: profile})
		},
		"firefox": func(t *testing.T) harness.Browser {
			profile := t.TempDir()
			refuseStorage(t, profile, "storage")
			return harness.StartFirefox(t, harness.Options{Profile: profile}, "")
		},
	}
	for name, begin := range start {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := begin(t)
			l := line(t)
			p := view(t, b, "tab", l)
			p.Shows("The browser refuses to keep records here.")
			ask(t, p, "hello kai")
			p.Shows(model.Answer("hello kai"))
			other := open(t, b, "popup")
			openConversation(t, other, "hello kai")
			other.Shows(model.Answer("hello kai"))
			other.Click("button", "Settings")
			other.Shows("Kept in memory only: everything is gone when the browser closes.")
		})
	}
}

func TestRecordsOfANewerKaiAreLeftAloneAndItIsSaid(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		blank := b.Open(t, b.ExtensionURL("tab.js")) // a page of the extension on which no view runs
		blank.Eval(`new Promise((resolve, reject) => { const r = indexedDB.open("kai-cd", 99); r.onsuccess = () => { r.result.close(); resolve(true) }; r.onerror = () => reject(r.error) })`, nil)
		p := open(t, b, "tab")
		p.Shows("The records were written by a newer kAI")
		p.Shows("update kAI")
	})
}
