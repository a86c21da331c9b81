package browser_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

// A conversation is pinned above the others and put into a folder, with the keyboard too, and in every view; a folder that goes
// leaves what was in it.
func TestPinsAndFolders(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		ask(t, p, "hello kai")
		p.Shows("tokens/s")
		p.Click("button", "New chat")
		ask(t, p, "tell me a story")
		p.Shows("Sentence 2 of the story.")

		p.Click("button", "Pin “hello kai”")
		p.Locate("heading", "Pinned")
		p.Locate("button", "Unpin “hello kai”")

		p.Click("button", "New folder")
		p.Fill("textbox", "Name of the folder", "Tales")
		p.Press("Enter")
		p.Locate("textbox", "Name of “Tales”")
		p.Click("button", "Close")
		p.Click("button", "This conversation")
		chooseNext(p, "Folder")
		p.Click("button", "Cancel")
		chooseNext(p, "Folder")
		p.Locate("button", "tell me a story")
		p.Gone("button", "hello kai")

		other := open(t, b, "sidepanel")
		other.Click("button", "Show conversations")
		other.Locate("heading", "Pinned")
		p.Click("button", "Edit folders")
		p.Click("button", "Remove folder “Tales”")
		p.Locate("button", "hello kai")
		p.Locate("button", "tell me a story")
		p.Click("button", "Undo")
		chooseNext(other, "Folder")
		other.Locate("button", "tell me a story")
		other.Gone("button", "hello kai")
	})
}

// chooseNext chooses what comes next in a list of choices, with the keyboard.
func chooseNext(p *harness.Page, name string) {
	p.Locate("combobox", name)
	p.Eval(`[...(document.querySelector("dialog[open]") ?? document).querySelectorAll("select")].find(s => (s.ariaLabel ?? s.labels[0]?.textContent) === `+"`"+name+"`"+`).focus()`, nil)
	p.Press("ArrowDown")
}
