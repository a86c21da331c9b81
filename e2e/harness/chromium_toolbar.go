package harness

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/extensions"
	"github.com/stretchr/testify/require"
)

// ClickToolbar clicks the extension's button in the toolbar, as a person does, while the first tab is shown.
func (c *Chromium) ClickToolbar(tb testing.TB) {
	tb.Helper()
	c.ClickToolbarAt(tb, "")
}

// ClickToolbarAt clicks the extension's button in the toolbar while the tab is shown whose address begins with url.
func (c *Chromium) ClickToolbarAt(tb testing.TB, url string) {
	tb.Helper()
	for _, t := range c.targets(tb) {
		if t.Type != "tab" || !strings.HasPrefix(t.URL, url) {
			continue
		}
		params := extensions.TriggerActionParams{ID: c.ID, TargetID: string(t.TargetID)}
		_, err := callBrowser(c, extensions.TriggerAction, params)
		require.NoError(tb, err, "click the toolbar button")
		return
	}
	require.Failf(tb, "no such tab is open", "%q among %v", url, c.targets(tb))
}
