package main

import (
	"context"
	"encoding/json"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// opening is what it cost to open a page until it got so far.
type opening struct{ cpu, wall float64 } // in ms

// The marks that a page tells on its way.
const (
	markInput = "input" // a text box is there, has a place on the screen, is enabled and takes the focus
	markRows  = "rows"  // the floor shows the newest conversations
	markReady = "ready" // the runtime serves; asked, as a view does, once there is input
)

// probe is put into a document before its own scripts. It looks when the document changes, not all the time.
func probe(marks ...string) string {
	wanted, _ := json.Marshal(marks) // texts always marshal
	return "const marks = " + string(wanted) + ";" + probeScript
}

const probeScript = `(() => {
  const tell = (what) => kaiTell(JSON.stringify({ what, at: performance.now() }));
  const usable = () => {
    const box = document.querySelector("textarea");
    if (!box || box.disabled || box.getClientRects().length === 0) return false;
    box.focus();
    return document.activeElement === box;
  };
  const watch = new MutationObserver(() => {
    if (!usable()) return;
    watch.disconnect();
    tell("input");
    if (marks.includes("ready")) {
      const port = chrome.runtime.connect({ name: "kai-wake" });
      port.onMessage.addListener((answer) => { port.disconnect(); tell(answer.ready ? "ready" : JSON.stringify(answer)); });
    }
  });
  watch.observe(document, { childList: true, subtree: true });
  if (marks.includes("rows")) new MutationObserver((_, rows) => {
    if (!document.documentElement.dataset.rows) return;
    rows.disconnect();
    tell("rows");
  }).observe(document, { attributes: true, subtree: true });
})()`

type told struct {
	What string  `json:"what"`
	At   float64 `json:"at"` // ms since the navigation began
}

// blank is a tab that waits to be sent somewhere.
type blank struct {
	c    *harness.Chromium
	page *harness.Page
	told chan told
}

// newBlank opens a tab whose next document will have the probe in it, and lets the browser come to rest.
func newBlank(s *stage, c *harness.Chromium, script string) *blank {
	b := &blank{c: c, page: c.Open(s, "about:blank"), told: make(chan told, 8)}
	ctx := b.page.DevTools()
	require.NoError(s, chromedp.Listen(ctx, func(event any) {
		if called, ok := event.(*runtime.EventBindingCalled); ok && called.Name == "kaiTell" {
			var t told
			if json.Unmarshal([]byte(called.Payload), &t) == nil {
				b.told <- t
			}
		}
	}))
	_, err := chromedp.Call(ctx, runtime.AddBinding, runtime.AddBindingParams{Name: "kaiTell"})
	require.NoError(s, err)
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	require.NoError(s, err)
	quiet(s, c)
	return b
}

// navigate sends the tab to a page of the extension and gives what it cost until each of the marks, in their order.
func (b *blank) navigate(s *stage, path string, marks ...string) []opening {
	before := cpuTimes(s, b.c)
	sent := make(chan error, 1)
	go func() {
		_, err := chromedp.Call(b.page.DevTools(), page.Navigate, page.NavigateParams{URL: b.c.ExtensionURL(path)})
		sent <- err
	}()
	var out []opening
	for _, mark := range marks {
		t := b.await(s)
		require.Equal(s, mark, t.What, "%s", path)
		out = append(out, opening{cpu: cpuTimes(s, b.c).since(before), wall: t.At})
	}
	require.NoError(s, <-sent)
	return out
}

func (b *blank) await(s *stage) told {
	ctx, cancel := context.WithTimeout(s.ctx, harness.Patience)
	defer cancel()
	select {
	case t := <-b.told:
		return t
	case <-ctx.Done():
		s.Fatalf("the page tells nothing: %v", ctx.Err())
		return told{}
	}
}
