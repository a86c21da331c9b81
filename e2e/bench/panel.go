package main

import (
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// openings is how often a page is opened in one measurement: processor time is counted in hundredths of a second.
const openings = 3

// panel measures how long the side panel takes until one can write in it, while the runtime runs already.
func panel() subject {
	const (
		cpu     = "side panel, later view: CPU to input"
		wall    = "side panel, later view: wall to input"
		cpuRows = "  the same, floor until its rows are shown: CPU"
		flat    = "side panel, later view, 1,000 against 0: CPU to input"
		flatUp  = "side panel, later view, 1,000 against 0: CPU to connected"
	)
	return subject{
		name: "panel", about: "opening the side panel with 1,000 conversations, the runtime running, against an empty page",
		figures: []figure{
			{name: cpu, unit: "ms", limit: atMostTimes(2)},
			{name: wall, unit: "ms", limit: atMostTimes(4)},
			{name: cpuRows, unit: "ms"},
			{name: flat, unit: "ms", limit: atMostTimes(1.2)},
			{name: flatUp, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			files := extension(s)
			full, empty := running(s, files, usualConversations), running(s, files, 0)
			return func(m *meter) {
				var ours, none, floor, rows, up, noneUp opening
				for range openings {
					at := floorOf(s, full)
					floor.add(at[0])
					rows.add(at[1])
					at = panelOf(s, full)
					ours.add(at[0])
					up.add(at[1])
					at = panelOf(s, empty)
					none.add(at[0])
					noneUp.add(at[1])
				}
				m.compare(cpu, ours.cpu/openings, floor.cpu/openings)
				m.compare(wall, ours.wall/openings, floor.wall/openings)
				m.compare(cpuRows, ours.cpu/openings, rows.cpu/openings)
				m.compare(flat, ours.cpu/openings, none.cpu/openings)
				m.compare(flatUp, up.cpu/openings, noneUp.cpu/openings)
			}
		},
	}
}

func (o *opening) add(other opening) {
	o.cpu += other.cpu
	o.wall += other.wall
}

// running starts a browser whose runtime is up.
func running(s *stage, extension string, conversations int) *harness.Chromium {
	c := harness.StartChromium(s, harness.Options{Profile: profile(s, extension, conversations), Extension: extension})
	panelOf(s, c)
	typeEarly(s, c)
	return c
}

// typeEarly makes sure that the text box of which markInput tells is one to write in: what is typed at that moment is in
// the view's own text box later.
func typeEarly(s *stage, c *harness.Chromium) {
	b := newBlank(s, c, probe(markInput))
	defer b.page.Close()
	b.navigate(s, "sidepanel.html", markInput)
	b.page.Type("early words")
	b.page.Locate("button", "Send")
	var text string
	b.page.Eval("document.querySelector('#message').value", &text)
	require.Equal(s, "early words", text)
}

func floorOf(s *stage, c *harness.Chromium) []opening {
	return openIn(s, c, "floor.html", markInput, markRows)
}

func panelOf(s *stage, c *harness.Chromium) []opening {
	return openIn(s, c, "sidepanel.html", markInput, markReady)
}

// openIn opens a page in a tab of its own and closes it.
func openIn(s *stage, c *harness.Chromium, path string, marks ...string) []opening {
	b := newBlank(s, c, probe(marks...))
	defer b.page.Close()
	return b.navigate(s, path, marks...)
}
