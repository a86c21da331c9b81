package harness

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Browser is a real browser with the extension installed.
type Browser interface {
	// Name is "chromium" or "firefox".
	Name() string
	// ExtensionURL is the address of a file of the extension.
	ExtensionURL(path string) string
	// Open opens an address in a new page.
	Open(tb testing.TB, url string) *Page
	// Downloads is the folder where the browser saves files.
	Downloads() string
	// Close ends the browser in good order.
	Close()
}

// View opens one of the extension's views (popup, sidepanel, tab) in a page of its own.
func View(tb testing.TB, b Browser, context string) *Page {
	tb.Helper()
	require.Contains(tb, []string{"popup", "sidepanel", "tab"}, context)
	p := b.Open(tb, b.ExtensionURL(context+".html"))
	p.About = b.Name() + " " + context
	return p
}
