package harness

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Window is Firefox's own window as a page: what runs in it has the browser's powers. It is for what a person does outside
// of pages (toolbar, menus, shortcuts) and for what Firefox does by itself (suspending an event page).
func (f *Firefox) Window(tb testing.TB) *Page {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var tree struct {
		Contexts []struct {
			Context string `json:"context"`
			URL     string `json:"url"`
		} `json:"contexts"`
	}
	require.NoError(tb, f.bidi.call(ctx, "browsingContext.getTree", map[string]any{"moz:scope": "chrome"}, &tree))
	for _, c := range tree.Contexts {
		if c.URL == "chrome://browser/content/browser.xhtml" {
			return &Page{tb: tb, ctx: context.Background(), e: &firefoxPage{bidi: f.bidi, context: c.Context}, About: "firefox's window"}
		}
	}
	require.Failf(tb, "Firefox shows no window", "%+v", tree)
	return nil
}

// SuspendBackground ends the extension's event page in the middle of whatever it does, as Firefox does to an idle one.
func (f *Firefox) SuspendBackground(tb testing.TB) {
	tb.Helper()
	f.Window(tb).Eval(`WebExtensionPolicy.getByID("`+GeckoID+`").extension
	  .terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true })`, nil)
}

// PressShortcut runs the n-th of the extension's keyboard shortcuts as the window runs it when its keys are pressed.
func (f *Firefox) PressShortcut(tb testing.TB, n int) {
	tb.Helper()
	w := f.Window(tb)
	w.Until("the shortcuts", `document.querySelectorAll("keyset[id^=ext-keyset] key").length > 2`)
	w.Eval(`document.querySelectorAll("keyset[id^=ext-keyset] key")[`+strconv.Itoa(n)+`].doCommand()`, nil)
}

// ChooseFromMenu opens the menu of a page at a point and takes the item with that label.
func (f *Firefox) ChooseFromMenu(tb testing.TB, p *Page, x, y int, label string) {
	tb.Helper()
	page, ok := p.e.(*firefoxPage)
	require.True(tb, ok, "%s is no page of Firefox", p.About)
	require.NoError(tb, page.perform(p.ctx, "pointer", []map[string]any{
		{"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 2}, {"type": "pointerUp", "button": 2},
	}))
	w := f.Window(tb)
	item := `[...document.getElementById("contentAreaContextMenu").querySelectorAll("menuitem")].find((m) => m.label === ` + quote(label) + `)`
	w.Until("the menu with "+label, `document.getElementById("contentAreaContextMenu").state === "open" && !!`+item)
	inner := item + `.closest("menupopup")` // an extension with several items has a menu of its own within the page's
	w.Eval(`(() => { const popup = `+inner+`; if (popup.state === "closed") popup.parentElement.openMenu(true) })()`, nil)
	w.Until("the part of the menu with "+label, inner+`.state === "open"`)
	w.Eval(inner+`.activateItem(`+item+`)`, nil)
}
