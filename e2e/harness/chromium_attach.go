package harness

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// attachPatience is how long one try to attach may take. A target that ends in that moment (the service worker of an
// extension that is loaded anew) never answers; the next try looks for its successor.
const attachPatience = 10 * time.Second

// attach drives the first target that is wanted, and waits until there is one that answers.
func (c *Chromium) attach(tb testing.TB, what string, wanted func(*target.Info) bool) *Page {
	tb.Helper()
	last := "there is none"
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(poll) {
		for _, t := range c.targets(tb) {
			if !wanted(t) {
				continue
			}
			ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithTargetID(t.TargetID), chromedp.WithDetachOnCancel())
			if err := begin(ctx, cancel, attachPatience); err != nil {
				last = err.Error()
				cancel()
				break
			}
			tb.Cleanup(cancel)
			return newChromiumPage(tb, ctx, what)
		}
	}
	require.Failf(tb, "waited in vain", "%s: %s; there are %v", what, last, c.Targets(tb))
	return nil
}

// begin does what the first use of a context does: start the browser, open a tab or attach to a target. It is given no
// context with a deadline, as the end of the one that is used first ends all that was begun.
func begin(ctx context.Context, cancel context.CancelFunc, patience time.Duration) error {
	late := time.AfterFunc(patience, cancel)
	defer late.Stop()
	return chromedp.Do(ctx)
}

// callBrowser calls a method of the browser itself, and waits no longer than Patience.
func callBrowser[P, R any](c *Chromium, method cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(c.ctx, Patience)
	defer cancel()
	return chromedp.CallBrowser(ctx, method, params)
}
