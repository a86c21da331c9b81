package browser_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

func TestAPersonAsksAndARealModelAnswers(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "sidepanel", line(t))
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		p.Shows("tokens/s")
	})
}

func TestAnswersAreMarkdownAndHarmless(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		ask(t, p, "show me markdown")
		p.Shows("The end of it.")
		p.Until("a heading", `!!document.querySelector("[role=log] h1, [role=log] h2, [role=log] h3")`)
		p.Until("a table", `!!document.querySelector("[role=log] table td")`)
		p.Until("highlighted code", `!!document.querySelector("[role=log] pre code span")`)
		p.Locate("button", "Copy code")
		var bad int
		p.Eval(`document.querySelectorAll("[role=log] script, [role=log] img, [role=log] [onerror]").length`, &bad)
		require.Zero(t, bad, "nothing that could run or load came through")
	})
}

func TestStopKeepsWhatArrived(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		l.Hold(3)
		ask(t, p, "tell me a story")
		p.Shows("Sentence 3 of the story.")
		p.Click("button", "Stop")
		p.Shows("You stopped this answer.")
		l.Open()
		p.Shows("Sentence 3 of the story.")
		require.NotContains(t, p.Text(), "Sentence 5 of the story.")
	})
}

func TestAnswerGoesOnWhenItsViewIsClosed(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		panel := view(t, b, "sidepanel", l)
		l.Hold(3)
		ask(t, panel, "tell me a story")
		panel.Shows("Sentence 3 of the story.")
		other := b.Open(t, "about:blank") // the last page must not close the browser
		panel.Close()
		l.Hold(10)
		tab := harness.View(t, b, "tab")
		openConversation(t, tab, "tell me a story")
		tab.Shows("Sentence 10 of the story.")
		l.Open()
		tab.Shows("Sentence 60 of the story.")
		other.Close()
	})
}

func TestViewsAreInStep(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		first := view(t, b, "tab", l)
		second := harness.View(t, b, "sidepanel")
		third := harness.View(t, b, "popup")
		second.Locate("textbox", "Message")
		third.Locate("textbox", "Message")

		l.Hold(2)
		ask(t, first, "tell me a story")
		openConversation(t, second, "tell me a story")
		openConversation(t, third, "tell me a story")
		for _, p := range []*harness.Page{first, second, third} {
			p.Shows("Sentence 2 of the story.")
		}
		l.Hold(2)
		for _, p := range []*harness.Page{first, second, third} {
			p.Shows("Sentence 4 of the story.")
		}
		second.Click("button", "Stop")
		for _, p := range []*harness.Page{first, second, third} {
			p.Shows("You stopped this answer.")
		}
	})
}
