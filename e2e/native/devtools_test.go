package native_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

// The debug tool devtools-agent: a page that looks into the running kai, for whoever is signed in on this computer.
func TestThePageThatLooksIntoKai(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{Bare: true})
	url, link := standalone(t)
	stranger := b.Open(t, url+"/debug")
	stranger.Shows("this needs the token of this kai")
	p := b.Open(t, link)
	p.Shows("Not running")
	d := b.Open(t, url+"/debug")
	d.Shows("standalone mode")
	d.Shows("networking.bindAddress")
	d.Until("curves", `document.querySelectorAll("svg").length === 2`)
	var first string
	d.Eval(`document.querySelector("polyline").getAttribute("points")`, &first)
	d.Until("another look", `document.querySelector("polyline").getAttribute("points").length > `+`20`)
	d.Shoot("devtools")
	drawn := b.Open(t, url+"/api/debug/statsviz/")
	drawn.Resize(1280, 800)
	drawn.Until("a curve of the Go runtime, with what was measured", `[...document.querySelectorAll(".js-plotly-plot")].some((p) => p.data?.some((d) => d.y?.length > 8 && Math.max(...d.y) > 0))`)
	drawn.Screenshot("statsviz") // not audited: the page is not ours
	d.Click("button", "Hold")
	d.Locate("button", "Hold")
}
