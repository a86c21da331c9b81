package native_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// What the person wrote leaves the browser when they sign out, and the page for a kai that is off is there again at once.
func TestSigningOutLeavesNothingInTheBrowser(t *testing.T) {
	inBare(t, func(t *testing.T, b harness.Browser) {
		data := t.TempDir()
		cmd, link := serving(t, data, "0")
		p := b.Open(t, link)
		p.Shows("Add another service")
		p.Until("the worker is there", `navigator.serviceWorker.ready.then(() => true)`)
		p.Until("the copy is there", `caches.match("/kai.wasm").then((found) => found !== undefined)`)
		p.Eval(`localStorage.setItem("a draft", "what was written")`, nil)
		var status int
		p.Eval(`fetch("/api/auth/session", { method: "DELETE" }).then((answer) => answer.status)`, &status)
		require.Equal(t, 204, status)
		p.Until("nothing is kept", `localStorage.length === 0 && Promise.all([caches.keys(), indexedDB.databases()]).then((kept) => kept.flat().length === 0)`)

		url, _, _ := strings.Cut(link, "login")
		p.Go(url)
		p.Shows("Is it you?")
		p.Until("the worker is there again", `navigator.serviceWorker.ready.then(() => true)`)
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed
		p.Go(url)
		p.Shows("kAI is not running")
	})
}

// TestChromiumFindsNothingInTheWayOfInstalling asks the browser itself.
func TestChromiumFindsNothingInTheWayOfInstalling(t *testing.T) {
	t.Parallel()
	_, link := standalone(t)
	p := harness.StartChromium(t, harness.Options{Bare: true}).Open(t, link)
	p.Shows("Add another service")
	found, err := chromedp.Call(p.DevTools(), page.GetInstallabilityErrors, cdp.Empty{})
	require.NoError(t, err)
	for _, e := range found.InstallabilityErrors {
		t.Error(e.ErrorID)
	}
}

// The web app is opened while kai is off: the page says so, and goes on by itself when kai is there again.
func TestTheWebAppOfAKaiThatIsOffSaysSo(t *testing.T) {
	inBare(t, func(t *testing.T, b harness.Browser) {
		data, port := t.TempDir(), lastingPort(t)
		first, link := serving(t, data, port)
		at, err := url.Parse(link)
		require.NoError(t, err)
		p := b.Open(t, link)
		p.Shows("Add another service")
		p.Until("the worker is there", `navigator.serviceWorker.ready.then(() => true)`)
		require.NoError(t, first.Process.Kill())
		_ = first.Wait() // killed
		p.Go(fmt.Sprintf("http://%s/dashboard", at.Host))
		p.Shows("kAI is not running")
		if b.Name() == "chromium" {
			p.Shoot("webapp-away") // Firefox cannot be told a theme
		}
		var kept []string
		p.Eval(`caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name).then((cache) => cache.keys())))).then((all) => all.flat().map((request) => new URL(request.url).pathname).filter((path) => !/[.](html|js|css|svg|wasm)$/.test(path)))`, &kept)
		require.Equal(t, []string{"/"}, kept, "the web app's own files, and nothing that was said")
		serving(t, data, port)
		p.Shows("Nothing was asked in this time.")
		p.Go("http://" + at.Host + "/")
		p.Shows("Add another service")
	})
}
