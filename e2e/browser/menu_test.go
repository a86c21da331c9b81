package browser_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// What the person makes of the page's menu is in the menu at once, and asks with their words.
func TestAPersonMakesThePagesMenuTheirOwn(t *testing.T) {
	t.Parallel()
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		b := harness.StartChromium(t, harness.Options{})
		l := line(t)
		p := view(t, b, "popup", l)
		worker := b.Worker(t, "service_worker")
		worker.Eval(`void (globalThis.made = [], ["removeAll", "create"].forEach((name) => {
			const real = chrome.contextMenus[name].bind(chrome.contextMenus)
			chrome.contextMenus[name] = (...of) => (name === "create" ? made.push(of[0].title) : made.length = 0, real(...of))
		}))`, nil)
		editTheMenu(p)
		worker.Until("the menu", `!made.includes("Explain") && made.slice(-2).join() === "As a pirate,Improve the wording"`)
		p.Click("button", "Dismiss") // it lies over the next button
		p.Click("button", "Restore kAI's own actions")
		p.Locate("article", "Explain")
		worker.Until("the menu with what was restored", `made.includes("Explain") && made.includes("As a pirate")`)
		p.Click("button", "Undo")
		worker.Until("the menu as it was before", `!made.includes("Explain")`)

		url := site(t, "127.0.0.2")
		p.Go(url)
		p.Until("the page", `document.readyState === "complete"`)
		b.ClickToolbarAt(t, url) // lets kAI read the page, as the menu's click does
		panel := b.Attach(t, "sidepanel.html")
		panel.Locate("textbox", "Message")
		p.Eval(`getSelection().selectAllChildren(document.getElementById("chosen"))`, nil)
		worker.Eval(`Promise.all([chrome.storage.local.get("kai-menu"), chrome.tabs.query({ url: "`+url+`/*" })]).then(([kept, [tab]]) =>
			chrome.contextMenus.onClicked.dispatch({ menuItemId: "action " + kept["kai-menu"].find((a) => a.name === "As a pirate").id }, tab))`, nil)
		isAskedAsAPirate(t, panel, l)
	})
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		b := harness.StartFirefox(t, harness.Options{}, "")
		l := line(t)
		panel := view(t, b, "sidepanel", l)
		web := b.Open(t, site(t, "127.0.0.2"))
		web.Until("the page", `document.readyState === "complete"`)
		panel.Front()
		editTheMenu(panel)
		panel.Click("button", "Back")
		web.Front()
		web.Eval(`getSelection().selectAllChildren(document.getElementById("chosen"))`, nil)
		x, y := middle(web, `document.getElementById("chosen")`)
		b.ChooseFromMenu(t, web, x, y, "As a pirate")
		panel.Front()
		isAskedAsAPirate(t, panel, l)
	})
}

// editTheMenu takes away an action that kAI brings, and adds one before its last.
func editTheMenu(p *harness.Page) {
	p.Click("button", "Settings")
	p.Click("button", "Remove “Explain”")
	p.Shows("Removed “Explain”.")
	p.Click("button", "New action")
	p.Fill("textbox", "Name", "As a pirate")
	p.Fill("textbox", "Text", "Tell {{selection}} of {{title}} as a pirate.")
	p.Click("button", "Save")
	p.Locate("article", "As a pirate")
	p.Click("button", "Move “As a pirate” up")
	p.Until("the order", `[...document.querySelectorAll("ul[aria-label='Menu of pages'] h3")].map((h) => h.textContent).join() ===
		"Summarise this page,Summarise,Translate into {{language}},As a pirate,Improve the wording"`)
}

func isAskedAsAPirate(t *testing.T, panel *harness.Page, l *model.Line) {
	t.Helper()
	panel.Shows("Tell the selected text of “Herons of the North” as a pirate.")
	body := waitRequest(t, l, "/api/chat").Body
	require.Contains(t, body, "Its call is harsh.")
	require.NotContains(t, body, "waits at the water's edge")
}
