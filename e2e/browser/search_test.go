package browser_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

func TestSearchFindsAMessageAndOpensItsConversationThere(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "About birds: hello kai")
		p.Shows("tokens/s")
		ask(t, p, "The heron stands at the lake, say hello kai")
		p.Until("the second answer", `document.querySelectorAll("[role=log] .answer[aria-busy=false]").length === 2`)
		lengthen(t, p, l, 45) // the heron is now on an earlier page, far out of sight
		p.Shows("Remark 45")
		p.Click("button", "New chat")
		ask(t, p, "tell me a story")
		p.Shows("Sentence 60 of the story.")

		p.Fill("textbox", "Search conversations", "LAKE heron")
		p.Locate("list", "1 result.")
		p.ClickText("The heron stands at the lake")
		p.Until("the message to be lit", `!!document.querySelector("[role=log] article.lit")`)
		p.Until("the message to be in sight", `(() => {
		  const found = [...document.querySelectorAll("[role=log] article")].find((a) => a.innerText.includes("The heron stands"));
		  const at = found?.getBoundingClientRect();
		  return !!at && at.top >= 0 && at.bottom <= innerHeight;
		})()`)

		p.Fill("textbox", "Search conversations", "sentence 37 story")
		p.Locate("list", "1 result.")
		p.ClickText("tell me a story")
		p.Shows("Sentence 60 of the story.")

		p.Fill("textbox", "Search conversations", "heron story")
		p.Shows("Nothing found for “heron story”.")
		p.Press("Escape")
		p.Locate("button", "tell me a story")
	})
}
