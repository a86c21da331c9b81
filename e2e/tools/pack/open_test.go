package main_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheToolbarButtonOpensTheSidePanel(t *testing.T) {
	t.Parallel()
	b := start(t)
	web := b.Open(t, site(t, nil))
	web.Until("the page", "document.title === 'site'")
	b.ClickToolbar(t)
	panel := b.Attach(t, "sidepanel.html")
	attend(t, panel)
	require.Equal(t, "sidepanel", who(t, panel).Context)
}

// foreign serves a page at an address that the extension was granted nothing for.
func foreign(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("this system has one loopback address only: %v", err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("<title>foreign</title>what it says"))
		})}}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

func TestTheToolbarButtonLetsAViewReadThePageAtHand(t *testing.T) {
	t.Parallel()
	b := start(t)
	worker := b.Worker(t, "service_worker")
	web := b.Open(t, foreign(t))
	web.Until("the page", "document.title === 'foreign'")
	const read = `chrome.tabs.query({ active: true, lastFocusedWindow: true }).then(([tab]) => chrome.scripting.executeScript({
	  target: { tabId: tab.id }, func: () => document.body.innerText })).then(([r]) => r.result, (e) => "refused: " + e.message)`
	var text string
	worker.Eval(read, &text)
	require.Contains(t, text, "refused: ", "a page is read before the person asked")
	b.ClickToolbar(t)
	b.Attach(t, "sidepanel.html").Eval(read, &text)
	require.Equal(t, "what it says", text)
}

func TestTheButtonOpensTheOneViewThatThereIs(t *testing.T) {
	t.Parallel()
	for _, view := range []string{"popup", "tab"} {
		t.Run(view, func(t *testing.T) {
			b := start(t)
			p := b.Open(t, b.ExtensionURL("sidepanel.html"))
			p.Eval(`chrome.storage.local.set({ "kai-config": { ui_mode: "`+view+`" } })`, nil)
			p.Until("the mode to be taken", "chrome.sidePanel.getOptions({}).then((o) => o.enabled === false)")
			b.ClickToolbar(t)
			opened := b.Attach(t, view+".html")
			attend(t, opened)
			require.Equal(t, view, who(t, opened).Context)
		})
	}
}

func TestAPrivateWindowHasARuntimeOfItsOwn(t *testing.T) {
	t.Parallel()
	b := start(t)
	settings := b.Open(t, "chrome://extensions")
	// Without it Chromium may turn off what was loaded unpacked when an extension is loaded anew.
	settings.Eval(`chrome.developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })`, nil)
	settings.Eval(`chrome.developerPrivate.updateExtensionConfiguration({ extensionId: "`+b.ID+`", incognitoAccess: true })`, nil)
	settings.Until("the extension, loaded anew", `chrome.developerPrivate.getExtensionInfo("`+b.ID+`")
		.then((i) => i.state === "ENABLED" && i.incognitoAccess.isActive)`) // its worker may be gone again by then
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	p.Eval(`chrome.windows.create({ incognito: true, url: "popup.html" })`, nil)
	private := b.Attach(t, "popup.html")
	private.Until("the page", "typeof attend === 'function'")
	attend(t, private)
	open, hidden := who(t, p), who(t, private)
	require.True(t, hidden.Private)
	require.False(t, open.Private)
	require.NotEqual(t, open.Instance, hidden.Instance)
	require.Equal(t, "done", ask(private, "snapshot secret"))
	var look *string
	p.Eval(`localStorage.getItem("kai-snapshot")`, &look)
	require.Nil(t, look, "something of the private window is seen outside")
}
