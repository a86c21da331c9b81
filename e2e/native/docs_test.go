package native_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// The page of the API is shown to whoever is signed in, whole and with its look, under kai's content policy and without any
// script.
func TestThePageOfTheAPI(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{Bare: true})
	url, link := standalone(t)
	stranger := b.Open(t, url+"/docs")
	stranger.Shows("this needs the token of this kai")
	p := b.Open(t, link)
	p.Shows("Not running")
	p.Go(url + "/docs")
	p.Shows("the API")
	p.Shows("/api/v1/runs/{id}/deltas")
	p.Screenshot("api-docs")
	var page struct {
		Scripts int
		Width   string
		Foreign int
		Path    string
	}
	p.Eval(`({Scripts: document.scripts.length, Width: getComputedStyle(document.querySelector("main")).maxWidth, Path: location.pathname,
		Foreign: performance.getEntriesByType("resource").filter((e) => !e.name.startsWith(location.origin)).length})`, &page)
	require.Zero(t, page.Scripts)
	require.Equal(t, "960px", page.Width, "the style sheet holds")
	require.Zero(t, page.Foreign, "nothing comes from elsewhere")
	require.Equal(t, "/api/docs", page.Path)
}
