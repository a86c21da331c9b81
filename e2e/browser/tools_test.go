package browser_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/e2e/harness"
)

const (
	findTheOtters = "find the otters"
	afterTheTool  = "Done, the lamp in the kitchen is now on." // what the scripted model says to any result
)

// turnOn lets models call a tool.
func turnOn(t *testing.T, p *harness.Page, name, choice string) {
	t.Helper()
	p.Click("button", "Settings")
	p.Locate("combobox", "May models call “"+name+"”?")
	p.Eval(`(() => {
	  const list = [...document.querySelectorAll("select")].find((s) => s.ariaLabel === `+quoted("May models call “"+name+"”?")+`);
	  list.value = [...list.options].find((o) => o.textContent === `+quoted(choice)+`).value;
	  list.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, nil)
	p.Click("button", "Back")
}

func TestAToolIsCalledWithConsentInSight(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, findTheOtters)
		p.Shows("tokens/s")
		assert.NotContains(t, chatBody(t, l), `"tools"`, "no tool is on")
		p.Click("button", "New chat")
		turnOn(t, p, "Search conversations", "Ask each time")
		second := harness.View(t, b, "sidepanel")
		second.Locate("textbox", "Message")

		ask(t, p, findTheOtters)
		p.Shows("The model wants to call “Search conversations”")
		p.Shows("words: otters")
		assert.Contains(t, chatBody(t, l), `"search_conversations"`)
		assert.NotContains(t, chatBody(t, l), `"role":"tool"`)
		openConversation(t, second, findTheOtters)
		second.Click("button", "Allow once")
		p.Gone("button", "Allow once")
		for _, v := range []*harness.Page{p, second} {
			v.Shows(afterTheTool)
			v.Shows("tokens/s")
		}
		assert.Contains(t, chatBody(t, l), `\"find the otters\"`, "what was found went to the model")
	})
}

func TestScreensOfTools(t *testing.T) {
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	turnOn(t, p, "Search conversations", "Ask each time")
	ask(t, p, findTheOtters)
	p.Shows("words: otters")
	p.Shoot("tool-asks")
	p.Click("button", "Don't allow")
	p.Shows(afterTheTool)
	p.Shows("not allowed")
	p.Shoot("tool-refused")
	p.Click("button", "Settings")
	p.Locate("combobox", "May models call “Search conversations”?")
	p.Eval(`document.querySelector("select[aria-label*='Search']").scrollIntoView({ block: "center" })`, nil)
	p.Shoot("tool-settings")
}
