package browser_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

func TestConversationsAreRenamedDeletedAndBroughtBackInEveryView(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "First words: hello kai")
		p.Shows(model.Answer("hello kai"))
		other := open(t, b, "tab")
		other.Locate("button", "First words: hello kai")
		p.Front()

		p.Click("button", "Rename “First words: hello kai”")
		p.Fill("textbox", "Title", "Greetings")
		p.Press("Enter")
		p.Locate("button", "Greetings")
		other.Locate("button", "Greetings")
		other.Gone("button", "First words: hello kai")

		p.Click("button", "Delete “Greetings”")
		p.Shows("Deleted “Greetings”.")
		p.Gone("button", "Greetings")
		other.Gone("button", "Greetings")
		p.Click("button", "Undo")
		p.Locate("button", "Greetings")
		other.Locate("button", "Greetings")
		p.Shows(model.Answer("hello kai"))

		p.Click("button", "Delete “Greetings”")
		p.Gone("button", "Greetings")
		fresh := open(t, b, "tab")
		fresh.Shows("Nothing here yet.")
	})
}

func TestOnlyTheRowsInSightAreInTheDocument(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		many := 1000
		if b.Name() == "firefox" {
			many = 250 // the same list; more than one page of it
		}
		l := line(t)
		setUp := view(t, b, "tab", l)
		setUp.Go("about:blank")
		fill(t, b, l, many)
		p := open(t, b, "tab")
		p.Locate("button", fmt.Sprintf("Number %d", many))
		require.Less(t, rows(p), 100)
		p.Until("the oldest one after scrolling to the end", `(() => {
		  const list = document.querySelector(".sidebar .list");
		  list.scrollTop = list.scrollHeight;
		  return [...list.querySelectorAll("button.row")].some((r) => r.innerText === "Number 1");
		})()`)
		p.Locate("button", "Number 1")
		require.Less(t, rows(p), 100)
		p.Click("button", "Number 1")
		p.Locate("log", "Messages")
		p.Shows("Noted.")
	})
}

func rows(p *harness.Page) int {
	var n int
	p.Eval(`document.querySelectorAll(".sidebar .list li").length`, &n)
	return n
}

func TestSettingsAndServicesAreInStep(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		other := open(t, b, "popup")
		other.Click("button", "Settings")
		other.Locate("button", "Test Ollama")

		p.Front()
		p.Click("button", "Settings")
		p.Click("radio", "Dark")
		other.Until("the dark theme", `document.documentElement.dataset.theme === "dark"`)
		other.Until("the choice", `document.querySelector("input[name=theme][value=dark]").checked`)

		p.Click("button", "Edit Ollama")
		p.Fill("textbox", "Name", "My server")
		p.Click("button", "Save")
		other.Locate("button", "Test My server")
		p.Click("button", "Remove My server")
		p.Shows("Remove My server?")
		p.Click("button", "Remove")
		other.Shows("No service is connected yet.")
	})
}
