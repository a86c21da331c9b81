package browser_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// No test can press a key in the browser's own address bar or menu; the background is told what the browser would tell it.
func TestWhatIsAskedFromTheAddressBarAndTheMenu(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	web := view(t, b, "popup", l)
	url := site(t, "127.0.0.2")
	web.Go(url)
	web.Until("the page", `document.readyState === "complete"`)
	b.ClickToolbarAt(t, url) // lets kAI read the page, as the menu's click does
	panel := b.Attach(t, "sidepanel.html")
	panel.Locate("textbox", "Message")
	worker := b.Worker(t, "service_worker")

	t.Run("a task about the selection", func(t *testing.T) {
		panel.Fill("textbox", "Message", "a draft")
		web.Eval(`getSelection().selectAllChildren(document.getElementById("chosen"))`, nil)
		worker.Eval(`chrome.tabs.query({ url: "`+url+`/*" }).then(([tab]) => chrome.contextMenus.onClicked.dispatch({ menuItemId: "action menu-explain" }, tab))`, nil)
		panel.Shows("Explain this in simple terms.")
		body := waitRequest(t, l, "/api/chat").Body
		require.Contains(t, body, "Its call is harsh.")
		require.NotContains(t, body, "waits at the water's edge")
		require.NotContains(t, body, "a draft")
	})
	tab := b.Attach(t, "tab.html") // without a person's click the panel could not be opened, so a tab was
	tab.Locate("textbox", "Message")
	t.Run("a question", func(t *testing.T) {
		worker.Eval(`chrome.omnibox.onInputEntered.dispatch("hello kai", "currentTab")`, nil)
		tab.Shows(model.Answer("hello kai"))
	})
}
