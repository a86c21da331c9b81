package harness

import (
	"testing"

	"github.com/chromedp/cdproto/extensions"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// ClickToolbar clicks the extension's button in the toolbar, as a person does, while the first tab is shown.
func (c *Chromium) ClickToolbar(tb testing.TB) {
	tb.Helper()
	for _, t := range c.targets(tb) {
		if t.Type != "tab" {
			continue
		}
		params := extensions.TriggerActionParams{ID: c.ID, TargetID: string(t.TargetID)}
		_, err := chromedp.CallBrowser(c.ctx, extensions.TriggerAction, params)
		require.NoError(tb, err, "click the toolbar button")
		return
	}
	require.Fail(tb, "no tab is open")
}
