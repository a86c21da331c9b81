package main_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

func startFirefox(t *testing.T, home string) *harness.Firefox {
	t.Helper()
	return harness.StartFirefox(t, harness.Options{Extension: staged(t, "firefox")}, home)
}

func TestFirefoxsEventPageHostsOneRuntime(t *testing.T) {
	t.Parallel()
	b := startFirefox(t, "")
	tab, popup := b.Open(t, b.ExtensionURL("tab.html")), b.Open(t, b.ExtensionURL("popup.html"))
	attend(t, tab)
	attend(t, popup)
	one, other := who(t, tab), who(t, popup)
	require.Equal(t, one.Instance, other.Instance)
	require.Equal(t, []string{"tab", "popup", "firefox"}, []string{one.Context, other.Context, one.Browser})

	require.Equal(t, "ok undefined", ask(tab, `set {"a":{"text":"ä€😀"}}`))
	require.Equal(t, `ok {"a":{"text":"ä€😀"}}`, ask(popup, `get null`))
	require.Regexp(t, `^ok \d+$`, ask(tab, "bytes"))

	tab.Eval(`tell("panic")`, nil)
	tab.Until("one view to hear of the crash", "ended")
	popup.Until("the other view to hear of it", "ended")
	tab.Until("the event page to be fresh", "attend().then((a) => a.ready === true)")
	require.NotEqual(t, one.Instance, who(t, tab).Instance)
}

func TestFirefoxsOriginRuleIsForTheExtensionsOwnRequests(t *testing.T) {
	t.Parallel()
	b := startFirefox(t, "")
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	var service origins
	url, another := site(t, service.saw), site(t, nil)
	web := b.Open(t, another)
	require.Contains(t, service.of(p, url), "moz-extension://")
	require.Equal(t, "ok ", ask(p, `origin ["`+url+`"]`))
	require.Empty(t, service.of(p, url))
	require.Equal(t, another[:len(another)-1], service.of(web, url), "a web page lost its Origin header")
}

func TestFirefoxsWayToTheCompanion(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	b := startFirefox(t, home)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	require.Regexp(t, "^closed absent: No such native application", ask(p, "native"))
	installFirefoxHost(t, home)
	p.Eval(`tell("native")`, nil)
	require.Equal(t, `frame {"a":"ä€😀"}`, ask(p, `tell {"a":"ä€😀"}`))
	require.Regexp(t, "^closed exited: ", ask(p, `tell "exit"`))
}
