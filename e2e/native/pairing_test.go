package native_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// A browser asks to be let in; in another one a person compares the codes, lets it in, and takes that back. Both follow by
// themselves.
func TestAPersonLetsABrowserInAndTakesItBack(t *testing.T) {
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
