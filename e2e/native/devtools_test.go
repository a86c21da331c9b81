package native_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

// The debug tool devtools-agent: a page that looks into the running kai, for whoever is signed in on this computer.
func TestThePageThatLooksIntoKai(t *testing.T) {
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
	drawn.Until("curves of the Go runtime, with what was measured", `[...document.querySelectorAll(".js-plotly-plot")].filter((p) => p.data?.some((d) => d.y?.length > 1 || d.z?.length > 1)).length > 5`)
	drawn.Shoot("statsviz")
	d.Click("button", "Hold")
	d.Locate("button", "Hold")
}
