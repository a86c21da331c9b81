package main

import (
	"encoding/json"
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// changes is how many changes of each kind a round makes.
const changes = 50

// kaiSync measures how long a change that a person makes in one view takes to be shown in another: from the key or the click
// that makes it, through the runtime, the database and the kai-sync channel, to the other view's document. Both views are
// pages of one process, whose clocks are the same.
func kaiSync() subject {
	const (
		rename       = "kai-sync, a conversation renamed: shown elsewhere, p99"
		renameMiddle = "  the name, median; anchor: a bare BroadcastChannel"
		theme        = "kai-sync, a setting changed: shown elsewhere, p99"
		themeMiddle  = "  the setting, median; anchor: a bare BroadcastChannel"
	)
	return subject{
		name: "sync", about: "a change in one view until another view shows it",
		figures: []figure{
			{name: rename, unit: "ms", limit: atMost(50), of: p99},
			{name: renameMiddle, unit: "ms"},
			{name: theme, unit: "ms", limit: atMost(50), of: p99},
			{name: themeMiddle, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			c := running(s, extension(s), usualConversations)
			here, there := twoViews(s, c)
			number := 0
			each := func(m *meter, judged, told string, values func(n int) string, change, see string) {
				for range changes {
					number++
					bare := hop(s, here, there, fmt.Sprintf("changeBare(%d)", number), fmt.Sprintf("seeBare(%d)", number))
					value := "(" + quote(values(number)) + ")"
					took := hop(s, here, there, change+value, see+value)
					m.compare(judged, took, bare) // the bare p99 tells how idle the machine was
					m.compare(told, took, bare)
				}
			}
			return func(m *meter) {
				each(m, rename, renameMiddle, func(n int) string { return fmt.Sprintf("A new name %d", n) }, "changeTitle", "seeTitle")
				here.Click("button", "Settings")
				here.Locate("radio", "Dark")
				each(m, theme, themeMiddle, func(n int) string { return []string{"light", "dark"}[n%2] }, "changeTheme", "seeTheme")
				here.Click("button", "Back")
			}
		},
	}
}

// twoViews opens a tab, where the changes are made, and a side panel, both at the same conversation.
func twoViews(s *stage, c *harness.Chromium) (here, there *harness.Page) {
	var id string
	here = c.Open(s, c.ExtensionURL("tab.html"))
	here.Eval("JSON.parse(localStorage.getItem('kai-snapshot')).conversations[0].id", &id)
	there = c.Open(s, c.ExtensionURL("sidepanel.html#/c/"+id))
	here.Resize(1280, 800) // wide enough for the list and the settings beside it
	here.Go(c.ExtensionURL("tab.html#/c/" + id))
	for _, p := range []*harness.Page{here, there} {
		p.Eval(syncScript, nil)
		p.Locate("log", "Messages")
		p.Until("a visible page: browsers slow hidden ones down", "document.visibilityState === 'visible'")
	}
	quiet(s, c)
	return here, there
}

// hop makes a change in one view and gives the ms until the other showed it. Both have nothing else to do when it begins.
func hop(s *stage, here, there *harness.Page, change, see string) float64 {
	there.Eval("idle()", nil)
	here.Eval("idle()", nil)
	there.Eval("void (globalThis.seen = "+see+")", nil)
	var from, to float64
	here.Eval(change, &from)
	there.Eval("seen", &to)
	require.Greater(s, to, from, "%s", change)
	return to - from
}

// syncScript gives a page what hop asks of it. A view is operated by its own controls; only the clock is ours.
const syncScript = `(() => {
  const now = () => performance.timeOrigin + performance.now();
  const bare = new BroadcastChannel("bench");
  const mark = document.body.appendChild(document.createElement("i"));
  mark.hidden = true;
  bare.onmessage = (e) => { mark.textContent = e.data; };
  const see = (there) => new Promise((done) => {
    const look = () => there() && (watch.disconnect(), done(now()));
    const watch = new MutationObserver(look);
    watch.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
  const idle = () => new Promise((done) => requestAnimationFrame(() => requestIdleCallback(() => done())));
  const frame = () => new Promise((done) => setTimeout(done, 0));
  const radio = (theme) => document.querySelector('input[type=radio][value="' + theme + '"]');
  Object.assign(globalThis, {
    idle,
    changeBare(n) { const at = now(); bare.postMessage(n); return at; },
    seeBare: (n) => see(() => mark.textContent === String(n)),
    async changeTitle(title) {
      document.querySelector("header .title button").click();
      await frame();
      const box = document.querySelector("header input.title-box");
      box.value = title;
      const at = now();
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      return at;
    },
    seeTitle: (title) => see(() => document.querySelector("header h1")?.textContent === title),
    changeTheme(theme) {
      const at = now();
      radio(theme).click();
      return at;
    },
    seeTheme: (theme) => see(() => document.documentElement.dataset.theme === theme),
  });
})()`

func quote(text string) string {
	out, _ := json.Marshal(text) // texts always marshal
	return string(out)
}
