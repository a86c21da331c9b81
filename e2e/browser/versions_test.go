package browser_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// A question in other words and another answer stand beside the first ones; every view walks between them.
func TestAQuestionInOtherWordsAndAnotherAnswer(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		second := harness.View(t, b, "sidepanel")
		second.Locate("textbox", "Message")
		ask(t, p, "hello kai")
		p.Shows("tokens/s")
		openConversation(t, second, "hello kai")
		second.Shows(model.Answer("hello kai"))

		p.Click("button", "Edit and ask again")
		p.Fill("textbox", "Your question in other words", "show me markdown")
		p.Press("Enter")
		for _, view := range []*harness.Page{p, second} {
			view.Shows("The end of it.")
			view.Shows("2 of 2")
			view.Hides(model.Answer("hello kai"))
		}

		second.Click("button", "Earlier version")
		for _, view := range []*harness.Page{p, second} {
			view.Shows(model.Answer("hello kai"))
			view.Shows("1 of 2")
			view.Hides("The end of it.")
		}

		p.Click("button", "Another answer")
		p.Until("two versions of the answer beside two of the question", `document.querySelectorAll("[role=log] .answer .beside").length === 1`)
		p.Shows("tokens/s")
		p.Click("button", "Edit and ask again")
		p.Press("Escape")
		p.Gone("textbox", "Your question in other words")
		p.Reload()
		p.Shows(model.Answer("hello kai"))
		p.Until("what was chosen is kept", `document.querySelectorAll("[role=log] .beside").length === 2`)
	})
}
