package browser_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

func TestTheTourIsShownOnceAndAgainFromTheHelp(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		p.Shows("Step 1 of 3")
		p.Audit("tour")
		p.Click("button", "Next")
		p.Shows("Your history stays with you")
		p.Until("the step in focus", `document.activeElement.tagName === "H2"`)
		p.Click("button", "Back")
		p.Click("button", "Next")
		p.Click("button", "Next")
		p.Shows("Step 3 of 3")
		p.Click("button", "Done")
		p.Hides("Step 3 of 3")
		p.Reload()
		p.Locate("button", "Help")
		p.Hides("Step 1 of 3")
		panel := open(t, b, "sidepanel")
		panel.Locate("textbox", "Message")
		panel.Hides("Step 1 of 3")

		p.Click("button", "Help")
		p.Shows("Where your data is")
		p.Until("the keys of the whole browser", `[...document.querySelectorAll("dd")].some((d) => d.textContent === "Open kAI in a tab")`)
		p.Audit("help")
		p.Click("button", "Show the tour")
		p.Shows("Step 1 of 3")
		p.Press("Tab")
		p.Click("button", "Skip the tour")
		p.Hides("Step 1 of 3")
	})
}

func TestAfterAnUpdateALineSaysWhatIsNew(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "sidepanel", line(t))
		p.Hides("New in ")
		p.Until("the version to be kept", `localStorage.getItem("kai-version") !== null`)
		p.Eval(`localStorage.setItem("kai-version", JSON.stringify("0.0.1"))`, nil)
		p.Reload()
		p.Shows("New in ")
		p.Eval(`document.querySelector(".news summary").click()`, nil)
		p.Shows("A help page, and a tour of three steps.")
		p.Audit("news")
		p.Click("button", "Dismiss")
		p.Hides("New in ")
		p.Reload()
		p.Locate("textbox", "Message")
		p.Hides("New in ")
	})
}

func TestScreensOfTheHelp(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	p.Shows("Step 1 of 3")
	p.Shoot("tour")
	p.Click("button", "Skip the tour")
	p.Resize(1280, 800)
	p.Click("button", "Help")
	p.Shoot("help")
}
