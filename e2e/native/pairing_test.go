package native_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// A browser asks to be let in; in another one a person compares the codes, lets it in, and takes that back. Both follow by
// themselves.
func TestAPersonLetsABrowserInAndTakesItBack(t *testing.T) {
	t.Parallel()
	url, link := standalone(t)
	p := harness.StartChromium(t, harness.Options{Bare: true}).Open(t, link)
	p.Shows("Add another service")
	p.Click("button", "Settings")
	p.Shows("Nobody but you.")

	b := harness.StartFirefox(t, harness.Options{Bare: true}, t.TempDir()).Open(t, url)
	b.Screenshot("pairing-signin")
	b.Click("button", "Have a browser that is signed in let this one in")
	b.Shows("Waiting to be let in")
	p.Click("button", "Refuse Firefox on Linux")
	b.Shows("This browser was not let in.")
	b.Click("button", "Have a browser that is signed in let this one in")
	b.Shows("Waiting to be let in")
	b.Until("the look of it", `getComputedStyle(document.querySelector("main")).maxWidth === "440px"`)
	b.Screenshot("pairing-waiting")
	var code string
	b.Eval(`document.querySelector(".code").textContent`, &code)
	p.Shows("Firefox on Linux asks to be let in")
	p.Eval(`document.querySelector(".pair-code").scrollIntoView({ block: "center" })`, nil)
	require.Contains(t, p.Text(), code, "both show it")
	p.Shoot("pairing")
	p.Click("button", "Approve Firefox on Linux")
	b.Shows("Add another service")
	p.Locate("button", "Revoke Firefox on Linux")
	p.Audit("the clients in the settings")

	p.Click("button", "Revoke Firefox on Linux")
	p.Shows("Revoke Firefox on Linux?")
	p.Click("button", "Revoke")
	p.Shows("Nobody but you.")
	b.Shows("This page is not signed in any more")
}

// A browser that was let in keeps a copy of the conversations. When it is let in no more, that goes, too, with all else that it
// would show while kai is off.
func TestABrowserThatIsRevokedForgets(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(t *testing.T) harness.Browser{
		"Chrome on Linux": func(t *testing.T) harness.Browser { return harness.StartChromium(t, harness.Options{Bare: true}) },
		"Firefox on Linux": func(t *testing.T) harness.Browser {
			return harness.StartFirefox(t, harness.Options{Bare: true}, t.TempDir())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, link := standalone(t)
			p := harness.StartChromium(t, harness.Options{Bare: true}).Open(t, link)
			p.Shows("Add another service")
			p.Click("button", "Settings")
			b := start(t).Open(t, url)
			b.Click("button", "Have a browser that is signed in let this one in")
			b.Shows("Waiting to be let in")
			p.Click("button", "Approve "+name)
			b.Shows("Add another service")
			const kept = `Promise.all([indexedDB.databases(), caches.match("/kai.wasm")]).then(([all, program]) => all.length + (program ? 1 : 0))`
			b.Until("its copy is there", kept+`.then((n) => n === 2)`)

			p.Click("button", "Revoke "+name)
			p.Shows("Revoke " + name + "?")
			p.Click("button", "Revoke")
			p.Shows("Nobody but you.")
			b.Shows("This page is not signed in any more")
			b.Until("nothing is kept", kept+`.then((n) => n === 0 && localStorage.length === 0)`)
			b.Until("nor is the page itself", `navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)`)
		})
	}
}
