package main

import (
	"time"

	"github.com/kindos/kai/e2e/harness"
)

// An answer of the load generator: as fast as a good model on a good computer.
const (
	answerWords = 150
	answerPace  = 20 * time.Millisecond
)

// tokens measures what the way through the assistant adds to a token: model server, fetch in the runtime, run, view's port,
// Markdown, document; against a page that fetches the same and puts the text into its document.
func tokens() subject {
	const (
		middle = "token, server's byte to the view's document, median"
		most   = "  the same, p95 of an answer"
		cpu    = "CPU per token"
	)
	return subject{
		name: "tokens", about: "a streamed token until the view shows it, against a plain fetch; the server is a load generator, not a model",
		figures: []figure{
			{name: middle, unit: "ms", limit: atMostBeyond(1)},
			{name: most, unit: "ms", limit: toldBeyond()},
			{name: cpu, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			b := newStub(s, answerWords, answerPace)
			c := browserWith(s, b)
			view, plain := c.Open(s, c.ExtensionURL("sidepanel.html#/new")), c.Open(s, c.ExtensionURL("plain.html"))
			view.Locate("button", "Model: "+stubModel)
			for _, p := range []*harness.Page{view, plain} {
				p.Eval(tokensScript, nil)
				p.Until("a visible page: browsers slow hidden ones down", "document.visibilityState === 'visible'")
			}
			return func(m *meter) {
				theirs, theirCPU := answered(s, c, b, plain, func() { plain.Eval("void stream("+quote(b.url)+")", nil) })
				ours, ourCPU := answered(s, c, b, view, func() {
					view.Fill("textbox", "Message", "Count the words")
					view.Press("Enter")
				})
				m.compare(middle, median(ours), median(theirs))
				m.compare(most, quantile(ours, 0.95), quantile(theirs, 0.95))
				m.compare(cpu, ourCPU/answerWords, theirCPU/answerWords)
			}
		},
	}
}

func browserWith(s *stage, b *stub) *harness.Chromium {
	files := extension(s)
	return harness.StartChromium(s, harness.Options{Profile: profile(s, files, 20, b.service()), Extension: files})
}

// answered has a page show an answer, and gives each word's delay and the processor time from the first word on.
func answered(s *stage, c *harness.Chromium, b *stub, p *harness.Page, ask func()) (delays []float64, cpu float64) {
	quiet(s, c)
	p.Eval("watchWords("+number(answerWords)+")", nil)
	ask()
	p.Eval("begun", nil)
	before := cpuTimes(s, c)
	var seen []float64
	p.Eval("ended", &seen)
	return b.delays(s, seen), cpuTimes(s, c).since(before)
}

// tokensScript notes when each numbered word came into the document, looking only when the document changes.
const tokensScript = `globalThis.watchWords = (count) => {
  const seen = [];
  const told = {};
  globalThis.begun = new Promise((done) => { told.begun = done; });
  globalThis.ended = new Promise((done) => { told.ended = done; });
  const old = new Set(document.querySelectorAll(".prose"));
  const watch = new MutationObserver(() => {
    const texts = document.querySelectorAll(".prose");
    const text = texts[texts.length - 1];
    if (!text || old.has(text)) return;
    const last = /w(\d+)\s*$/.exec(text.textContent)?.[1];
    if (last === undefined) return;
    const now = performance.timeOrigin + performance.now();
    while (seen.length <= Number(last)) seen.push(now);
    told.begun();
    if (seen.length === count) { watch.disconnect(); told.ended(seen); }
  });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
}`
