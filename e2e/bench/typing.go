package main

import (
	"time"

	"github.com/kindos/kai/e2e/harness"
)

const (
	muchConversations = 20_000 // of 20 messages of 1 KB: 400 MB
	typed             = 60     // keys
	keyPace           = 80 * time.Millisecond
)

// keys notes how many ms pass from each key until what it changed is painted.
const keys = `(globalThis.keys_ = [], addEventListener("keydown", (e) => {
  requestAnimationFrame(() => setTimeout(() => keys_.push(performance.now() - e.timeStamp)));
}, true), true)`

// typing measures what a key costs in the text box while 400 MB of history are kept, against a bare text box.
func typing() subject {
	const (
		slow   = "typing at 400 MB of history: a key until it is painted, p95; anchor: a bare text box"
		middle = "  the same, median"
		cpu    = "  the same, CPU of a key"
	)
	return subject{
		name: "typing", about: "a key in the text box with 400 MB of history, against a bare text box",
		figures: []figure{
			{name: slow, unit: "ms", limit: atMostBeyond(16)},
			{name: middle, unit: "ms", limit: toldBeyond()},
			{name: cpu, unit: "ms", limit: toldBeyond()},
		},
		open: func(s *stage) func(*meter) {
			files := extension(s)
			c := harness.StartChromium(s, harness.Options{Profile: profile(s, files, muchConversations), Extension: files})
			ours, bare := c.Open(s, c.ExtensionURL("tab.html")), c.Open(s, c.ExtensionURL("floor.html"))
			for _, p := range []*harness.Page{ours, bare} {
				p.Resize(1280, 800)
				p.Eval(keys, nil)
			}
			return func(m *meter) {
				theirs, theirCPU := typedInto(s, c, bare)
				took, spent := typedInto(s, c, ours)
				m.compare(slow, quantile(took, 0.95), quantile(theirs, 0.95))
				m.compare(middle, median(took), median(theirs))
				m.compare(cpu, spent, theirCPU)
			}
		},
	}
}

// typedInto types and gives what each key took, and the processor time of one.
func typedInto(s *stage, c *harness.Chromium, p *harness.Page) (took []float64, cpu float64) {
	p.Front()
	p.Fill("textbox", "Message", "x")
	quiet(s, c)
	p.Eval("(keys_ = [], true)", nil)
	before := cpuTimes(s, c)
	for range typed {
		p.Press("a")
		pause(s.ctx, keyPace)
	}
	cpu = cpuTimes(s, c).since(before) / typed
	p.Eval("keys_", &took)
	return took, cpu
}
