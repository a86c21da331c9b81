package browser_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// focused is the accessible name of what has the focus, as far as plain JavaScript can tell it.
const focused = `(() => {
  const e = document.activeElement;
  return e.getAttribute("aria-label") ?? (e.labels?.[0]?.innerText || e.innerText) ?? "";
})()`

// tabTo presses Tab until a control has the focus, and looks at every stop on the way: each has to have a name and show
// that it has the focus.
func tabTo(t *testing.T, p *harness.Page, name string) {
	t.Helper()
	for range 60 {
		p.Press("Tab")
		var at struct {
			Name    string
			Element string
			Visible bool
		}
		p.Eval(`(() => {
		  const e = document.activeElement;
		  const marked = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none" };
		  const around = e.closest(".composer-card, .search") ?? e.nextElementSibling ?? e;
		  return { name: `+focused+`, element: e.outerHTML.slice(0, 200), visible: e === document.body || marked(e) || marked(around) };
		})()`, &at)
		require.True(t, at.Visible, "the focus is not to be seen on %s", at.Element)
		if at.Name == name {
			return
		}
	}
	require.Failf(t, "not reached with Tab", "%q", name)
}

func TestEverythingIsDoneWithoutAMouse(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		setUp := view(t, b, "tab", l)
		setUp.Close()
		p := open(t, b, "tab")
		p.Until("the focus in the text box", `document.activeElement.id === "message"`)

		t.Run("ask and stop", func(t *testing.T) {
			l.Hold(3)
			p.Type("tell me a story")
			p.Press("Enter")
			p.Shows("Sentence 3 of the story.")
			p.Press("Escape")
			p.Shows("You stopped this answer.")
			l.Open()
		})
		t.Run("new chat", func(t *testing.T) {
			p.Press("Control+Shift+o")
			p.Until("the focus in an empty conversation", `document.activeElement.id === "message" && !document.querySelector("[role=log]")`)
			p.Type("hello kai")
			p.Press("Enter")
			p.Shows(model.Answer("hello kai"))
		})
		t.Run("search and open what was found", func(t *testing.T) {
			p.Press("Control+k")
			p.Until("the focus in the search", `document.activeElement.id === "search"`)
			p.Type("sentence")
			p.Locate("list", "1 result.")
			tabTo(t, p, "Clear search")
			p.Press("Tab")
			p.Press("Enter")
			p.Shows("Sentence 3 of the story.")
		})
		t.Run("switch conversations in the list, rename and delete one", func(t *testing.T) {
			p.Press("Control+k")
			p.Until("the focus in the search", `document.activeElement.id === "search"`)
			p.Press("Escape")
			tabTo(t, p, "hello kai")
			p.Press("ArrowDown")
			p.Until("the next row", focused+` === "tell me a story"`)
			p.Press("ArrowUp")
			p.Press("Enter")
			p.Shows(model.Answer("hello kai"))
			p.Press("F2")
			p.Until("the focus in the title", focused+` === "Title"`)
			p.Type("Greetings")
			p.Press("Enter")
			p.Locate("button", "Greetings")
			p.Press("Control+k")
			p.Until("the focus in the search", `document.activeElement.id === "search"`)
			tabTo(t, p, "Greetings")
			p.Press("Delete")
			p.Shows("Deleted “Greetings”.")
			p.Gone("button", "Greetings")
		})
		t.Run("settings", func(t *testing.T) {
			p.Press("Control+,")
			p.Shows("Where models answer, and what else kAI works with.")
			tabTo(t, p, "Add a service")
			p.Press("Enter")
			p.Until("the focus in the dialog", `!!document.activeElement.closest("dialog.dialog")`)
			tabTo(t, p, "Cancel")
			p.Press("Escape")
			p.Until("the focus back where it was", focused+` === "Add a service"`)
			tabTo(t, p, "System")
			p.Press("ArrowDown")
			p.Press("ArrowDown")
			p.Until("the dark theme", `document.documentElement.dataset.theme === "dark"`)
			p.Press("Escape")
			p.Locate("textbox", "Message")
		})
		t.Run("another model", func(t *testing.T) {
			tabTo(t, p, "Model: "+model.Scripted+":latest")
			p.Press("Enter")
			p.Locate("listbox", "Models")
			p.Press("Escape")
			p.Gone("listbox", "Models")
		})
	})
}
