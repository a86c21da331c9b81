package main_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

func start(t *testing.T) *harness.Chromium {
	t.Helper()
	return startWith(t, t.TempDir())
}

// startWith waits for the extension: until it is loaded, its pages can't be opened.
func startWith(t *testing.T, profile string) *harness.Chromium {
	t.Helper()
	b := harness.StartChromium(t, harness.Options{Extension: staged(t, "chrome"), Profile: profile})
	b.Worker(t, "service_worker")
	return b
}

func TestTheServiceWorkerAnswersAPing(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	var pong struct{ Version string }
	p.Eval(`chrome.runtime.sendMessage({ kai: "ping" })`, &pong)
	require.Regexp(t, `^\d+\.\d+\.\d+$`, pong.Version)
}

func TestAllViewsShareOneRuntimeThatKnowsWhoTheyAre(t *testing.T) {
	t.Parallel()
	b := start(t)
	var instance string
	for _, context := range []string{"tab", "popup", "sidepanel"} {
		p := b.Open(t, b.ExtensionURL(context+".html?x=1#settings"))
		attend(t, p)
		i := who(t, p)
		require.Equal(t, context, i.Context)
		require.Equal(t, "chromium", i.Browser)
		require.False(t, i.Private)
		require.Equal(t, "{}", i.Config)
		if instance == "" {
			instance = i.Instance
		}
		require.Equal(t, instance, i.Instance, "a second runtime was started")
	}
}

func TestFramesReachAViewByThePortThatItHandedOver(t *testing.T) {
	t.Parallel()
	chromium, firefox := start(t), startFirefox(t, "")
	for _, b := range []harness.Browser{chromium, firefox} {
		p := b.Open(t, b.ExtensionURL("tab.html"))
		attend(t, p)
		var way string
		p.Eval(near, &way)
		require.Equal(t, "near", way)
	}
}

func TestTheProgramCanSendAViewAway(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	p.Eval(`tell("leave")`, nil)
	p.Until("the view's port to close", "ended")
}

func TestAnAnswerGoesOnWhenTheServiceWorkerStops(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	before := who(t, p).Instance
	require.Equal(t, "ok undefined", ask(p, `set {"a":1}`))
	b.Kill(t, "service_worker", b.ID)
	require.Equal(t, before, who(t, p).Instance, "the port of the view went with the worker")
	require.Equal(t, `ok {"a":1}`, ask(p, `get ["a"]`), "what the worker does is done by the next one")
}

func TestAKilledRuntimeIsStartedByTheNextWake(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	before := who(t, p).Instance
	b.Kill(t, "background_page", "offscreen.html")
	p.Until("the view to hear of it", "ended")
	attend(t, p)
	require.NotEqual(t, before, who(t, p).Instance)
}

func TestAProgramThatKeepsCrashingIsLeftDownForAWhile(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	for range 3 {
		attend(t, p)
		p.Eval(`tell("panic")`, nil)
		p.Until("the view to hear of the crash", "ended")
		p.Until("the crash to be noted", `chrome.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"] }).then((c) => c.length === 0)`)
	}
	var a answer
	p.Eval("wake()", &a)
	require.False(t, a.Ready)
	require.Contains(t, a.Error, "stopped unexpectedly (code 2)")
	require.Contains(t, a.Error, "tries again in")
}

func TestAProgramThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"cannot start":   "The test wants that it cannot start.",
		"crash at start": "kAI stopped unexpectedly (code 2).",
	}
	for config, why := range cases {
		t.Run(config, func(t *testing.T) {
			b := start(t)
			p := b.Open(t, b.ExtensionURL("tab.html"))
			p.Eval(`chrome.storage.local.set({ "kai-config": { note: "`+config+`" } })`, nil)
			var a answer
			p.Eval("wake()", &a)
			require.Equal(t, answer{Error: why}, a)
			p.Eval(`chrome.storage.local.remove("kai-config")`, nil)
			p.Until("the next wake to succeed", "wake().then((a) => a.ready === true)")
		})
	}
}

func TestStorageCrossesAsText(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	require.Equal(t, "ok undefined", ask(p, `set {"a":{"text":"ä€😀"},"b":[1,2]}`))
	require.Equal(t, `ok {"a":{"text":"ä€😀"}}`, ask(p, `get ["a","none"]`))
	require.Regexp(t, `^ok \d+$`, ask(p, "bytes"))
	require.Equal(t, "ok undefined", ask(p, `remove ["a"]`))
	require.Equal(t, `ok {"b":[1,2]}`, ask(p, "get null"))
	require.Contains(t, ask(p, "get not JSON"), "bad Error: Unexpected token", "a fault in one call is that call's")
	require.Equal(t, "done", ask(p, "snapshot the look"))
	var look string
	p.Eval(`localStorage.getItem("kai-snapshot")`, &look)
	require.Equal(t, "the look", look)
}

func TestOnlyPagesOfTheExtensionAreViews(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.Open(t, b.ExtensionURL("tab.html"))
	attend(t, p)
	web := b.Open(t, site(t, nil))
	web.Until("the page", "document.title === 'site'")
	var outcome []string
	p.Eval(`(async () => {
	  const [tab] = await chrome.tabs.query({ url: "http://127.0.0.1/*" });
	  const func = async () => {
	    const over = (name) => new Promise((resolve) => {
	      const port = chrome.runtime.connect({ name });
	      port.onMessage.addListener(() => resolve("answered"));
	      port.onDisconnect.addListener(() => resolve("refused"));
	      port.postMessage("who");
	    });
	    return Promise.all(["kai-view", "kai-wake", "kai-native", "kai-background"].map(over));
	  };
	  const [r] = await chrome.scripting.executeScript({ target: { tabId: tab.id }, func });
	  return r.result;
	})()`, &outcome)
	require.Equal(t, []string{"refused", "refused", "refused", "refused"}, outcome)
}
