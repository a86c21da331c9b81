package main

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// openedRows is how many conversations are opened one after the other in one measurement.
const openedRows = 8

// Page Assist 1.5.72 spent 1,320 ms of CPU on opening one of 1,000 conversations of 20 messages. It was measured once, on a busy
// computer of two cores; it can't be built here each time.
const assistOpens = 1320

// openRow clicks on a row of the list and gives how many ms it took until its messages were painted.
const openRow = `globalThis.openRow = (n) => new Promise((done) => {
  const log = () => document.querySelector("[role=log]");
  const old = log()?.querySelector("article")?.id;
  const began = performance.now();
  const look = () => {
    const first = log()?.querySelector("article")?.id;
    if (!first || first === old || log().querySelectorAll("article").length < 20) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  };
  const watch = new MutationObserver(look);
  watch.observe(document.body, { subtree: true, childList: true });
  document.querySelectorAll("button.row")[n].click();
})`

// conversation measures what it costs to open one of 1,000 conversations from the list, until its 20 messages are painted.
func conversation() subject {
	const (
		cpu  = "opening a conversation of 20 messages: CPU; anchor: Page Assist, quoted"
		wall = "  the same, wall"
	)
	return subject{
		name: "conversation", about: "opening one of 1,000 conversations from the list, until its 20 messages are painted",
		figures: []figure{
			{name: cpu, unit: "ms", limit: atMostTimes(0.25)},
			{name: wall, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			files := extension(s)
			c := harness.StartChromium(s, harness.Options{Profile: profile(s, files, usualConversations), Extension: files})
			p := c.Open(s, c.ExtensionURL("tab.html"))
			p.Resize(1280, 800)
			p.Until("the list", fmt.Sprintf(`document.querySelectorAll("button.row").length > %d`, openedRows))
			p.Eval(openRow, nil)
			return func(m *meter) {
				quiet(s, c)
				before := cpuTimes(s, c)
				var took []float64
				for n := range openedRows {
					var one float64
					p.Eval(fmt.Sprintf("openRow(%d)", n), &one)
					took = append(took, one)
				}
				m.compare(cpu, cpuTimes(s, c).since(before)/openedRows, assistOpens)
				m.note(wall, median(took))
				p.Click("button", "New chat") // the next round begins with another one than it ended with
				require.NotEmpty(s, took)
			}
		},
	}
}
