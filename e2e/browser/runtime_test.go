package browser_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// killRuntime ends the program in the middle of whatever it does: the offscreen document dies, the event page is suspended.
func killRuntime(t *testing.T, b harness.Browser) {
	t.Helper()
	switch b := b.(type) {
	case *harness.Chromium:
		b.Kill(t, "background_page", "offscreen.html")
	case *harness.Firefox:
		b.SuspendBackground(t)
	}
}

// listenForSaves makes a page note what the runtime saved of an answer.
const listenForSaves = `(new BroadcastChannel("kai-sync").onmessage = (e) => {
  for (const c of e.data.data?.changes ?? []) if (c.kind === "message") globalThis.savedText = c.body?.text ?? "";
}, true)`

// sentences counts how often each sentence of the story is shown.
func sentences(p *harness.Page) int {
	var text string
	p.Eval(`document.querySelector("[role=log]").innerText`, &text)
	return strings.Count(text, "of the story.")
}

func TestARuntimeKilledInMidAnswerKeepsWhatArrived(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		p.Eval(listenForSaves, nil)
		l.Hold(5)
		ask(t, p, "tell me a story")
		p.Shows("Sentence 5 of the story.")
		p.Until("the five to be saved", `globalThis.savedText?.includes("Sentence 5 of the story.")`)
		killRuntime(t, b)

		p.Shows("kAI was closed while this answer was being made; what had arrived is kept.")
		require.Equal(t, 5, sentences(p))
		other := open(t, b, "popup")
		openConversation(t, other, "tell me a story")
		other.Shows("Sentence 5 of the story.")
		other.Shows("what had arrived is kept")

		l.Open()
		p.Front()
		p.Click("button", "Try again")
		p.Shows("Sentence 60 of the story.")
		p.Shows("tokens/s")
		require.Equal(t, 60, sentences(p), "nothing doubled, nothing missing")
		other.Shows("Sentence 60 of the story.")
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
	})
}

func TestAnAnswerGoesOnWhenTheServiceWorkerStops(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	p := view(t, b, "tab", l)
	l.Hold(5)
	ask(t, p, "tell me a story")
	p.Shows("Sentence 5 of the story.")
	b.Kill(t, "service_worker", b.ID)
	l.Hold(5)
	p.Shows("Sentence 10 of the story.")
	other := open(t, b, "sidepanel") // its wake starts the worker again
	openConversation(t, other, "tell me a story")
	l.Open()
	for _, v := range []*harness.Page{p, other} {
		v.Shows("Sentence 60 of the story.")
		v.Shows("tokens/s")
		require.Equal(t, 60, sentences(v), "nothing doubled, nothing missing")
	}
}

func TestASecondRuntimeWaitsAndTakesOver(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	p := view(t, b, "tab", l)
	second := b.Open(t, b.ExtensionURL("offscreen.html"))
	second.Until("the second to wait for its turn", `navigator.locks.query().then((q) => q.pending.some((k) => k.name === "kai-runtime"))`)

	l.Hold(5)
	ask(t, p, "tell me a story")
	p.Shows("Sentence 5 of the story.")
	other := open(t, b, "popup") // one that comes while there are two
	openConversation(t, other, "tell me a story")
	other.Shows("Sentence 5 of the story.")
	l.Open()
	for _, v := range []*harness.Page{p, other} {
		v.Shows("Sentence 60 of the story.")
		v.Shows("tokens/s")
		require.Equal(t, 60, sentences(v), "nothing doubled, nothing missing")
	}

	b.Kill(t, "background_page", "offscreen.html")
	p.Front()
	ask(t, p, "hello kai")
	p.Shows(model.Answer("hello kai"))
	other.Shows(model.Answer("hello kai"))
	p.Gone("button", "Stop") // the answer is kept; one that is being made would end with its runtime
	second.Close()
	ask(t, p, "say it in unicode")
	p.Shows(model.Answer("say it in unicode"))
}

func TestNonsenseFromOneViewHarmsNoOther(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		var outcome []string
		p.Eval(`Promise.all([
		  "no JSON", "{}", "[]", '{"v":1}', '{"v":99,"id":"1","kind":"request","method":"hello"}', '{"v":1,"id":"1","kind":"reply"}',
		  '{"v":1,"id":"1","kind":"request","method":"no.such.method","body":{}}', "x".repeat(3_000_000), '{"v":1,"id":"1","kind":"requ',
		].map((frame) => new Promise((resolve) => {
		  const port = chrome.runtime.connect({ name: "kai-view" });
		  port.onMessage.addListener((text) => { if (JSON.parse(text).fault) resolve("refused"); });
		  port.onDisconnect.addListener(() => resolve("sent away"));
		  port.postMessage(frame);
		  setTimeout(() => resolve("ignored"), 1000);
		})))`, &outcome)
		require.Equal(t, "refused", outcome[6], "an unknown method: %v", outcome)
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
	})
}
