package main_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// site serves a page, and tells seen the Origin header of every request to /api.
func site(t *testing.T, seen func(origin string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "*")
		if r.URL.Path != "/" && r.Method != http.MethodOptions && seen != nil {
			seen(r.Header.Get("Origin"))
		}
		_, _ = w.Write([]byte("<!doctype html><title>site</title>"))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// origins collects Origin headers.
type origins struct {
	mu   sync.Mutex
	last string
}

func (o *origins) saw(origin string) { o.mu.Lock(); o.last = origin; o.mu.Unlock() }

func (o *origins) of(p *harness.Page, url string) string {
	p.Eval(`fetch("`+url+`api", { method: "POST", body: "{}" }).then((r) => r.text())`, nil)
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

func TestTheOriginRuleIsForTheExtensionsOwnRequestsToThatService(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	var service, other origins
	url, another := site(t, service.saw), site(t, other.saw)
	web := b.Open(t, another)
	own := "chrome-extension://" + b.ID

	require.Equal(t, own, service.of(p, url), "without the rule the browser names the extension")
	require.Equal(t, "ok ", ask(p, `origin ["`+url+`"]`))
	require.Empty(t, service.of(p, url))
	require.Equal(t, own, other.of(p, another), "a service that is not configured")
	require.Equal(t, another[:len(another)-1], service.of(web, url), "a web page lost its Origin header")
	require.Equal(t, "ok ", ask(p, `origin []`))
	require.Equal(t, own, service.of(p, url), "the rule stayed")
	require.Contains(t, ask(p, `origin ["https://models.example.org", "`+url+`"]`), "not for https://models.example.org")
	require.Empty(t, service.of(p, url))
}

func TestTheWayToTheCompanion(t *testing.T) {
	t.Parallel()
	t.Run("not installed", func(t *testing.T) {
		b := start(t)
		p := b.Open(t, b.ExtensionURL("tab.html"))
		attend(t, p)
		require.Regexp(t, "^closed absent: .*not found", ask(p, "native"))
	})
	t.Run("installed for another extension", func(t *testing.T) {
		profile := t.TempDir()
		b := startWith(t, profile)
		installHost(t, profile, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
		p := b.Open(t, b.ExtensionURL("tab.html"))
		attend(t, p)
		require.Regexp(t, "^closed forbidden: ", ask(p, "native"))
	})
	t.Run("there and ends", func(t *testing.T) {
		profile := t.TempDir()
		b := startWith(t, profile)
		installHost(t, profile, b.ID)
		p := b.Open(t, b.ExtensionURL("tab.html"))
		attend(t, p)
		p.Eval(`tell("native")`, nil)
		require.Equal(t, `frame {"a":"ä€😀","b":[1,null]}`, ask(p, `tell {"a":"ä€😀","b":[1,null]}`))
		require.Regexp(t, "^closed exited: ", ask(p, `tell "exit"`))
		p.Eval(`tell("native")`, nil)
		require.Equal(t, `frame "again"`, ask(p, `tell "again"`), "it can be opened again")
	})
}

func TestUIModeDecidesWhichViewsThereAre(t *testing.T) {
	t.Parallel()
	type state struct {
		Popup string
		Panel bool
	}
	cases := map[string]state{
		"all": {"", true}, "sidepanel": {"", true}, "tab": {"", false}, "popup": {"popup.html", false},
	}
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	for mode, want := range cases {
		t.Run(mode, func(t *testing.T) {
			p.Eval(`chrome.storage.local.set({ "kai-config": { ui_mode: "`+mode+`" } })`, nil)
			popup := "''"
			if want.Popup != "" {
				popup = "chrome.runtime.getURL('" + want.Popup + "')"
			}
			p.Until("the button's popup", "chrome.action.getPopup({}).then((popup) => popup === "+popup+")")
			enabled := "false"
			if want.Panel {
				enabled = "true"
			}
			p.Until("the panel to be there or not", "chrome.sidePanel.getOptions({}).then((o) => o.enabled === "+enabled+")")
		})
	}
}
