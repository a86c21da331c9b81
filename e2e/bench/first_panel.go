package main

import "github.com/kindos/kai/e2e/harness"

// firstPanel measures the first view of a browser session: the browser has just started, the runtime does not run yet and
// has to be compiled, while the person already looks at the panel.
func firstPanel() subject {
	const (
		cpu    = "side panel, first view: CPU to input"
		wall   = "side panel, first view: wall to input"
		ready  = "side panel, first view: CPU until the runtime serves"
		late   = "side panel, first view: wall until the runtime serves"
		flat   = "side panel, first view, 1,000 against 0: CPU to input"
		flatUp = "side panel, first view, 1,000 against 0: CPU until it serves"
	)
	return subject{
		name: "first", about: "opening the side panel with 1,000 conversations in a browser that was just started, against an empty page",
		figures: []figure{
			{name: cpu, unit: "ms", limit: atMostTimes(2)},
			{name: wall, unit: "ms", limit: atMostTimes(4)},
			{name: ready, unit: "ms"},
			{name: late, unit: "ms"},
			{name: flat, unit: "ms", limit: atMostTimes(1.2)},
			{name: flatUp, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			files := extension(s)
			full, empty := profile(s, files, usualConversations), profile(s, files, 0)
			return func(m *meter) {
				floor := fresh(s, files, full, floorOf)
				ours := fresh(s, files, full, panelOf)
				none := fresh(s, files, empty, panelOf)
				m.compare(cpu, ours[0].cpu, floor[0].cpu)
				m.compare(wall, ours[0].wall, floor[0].wall)
				m.compare(ready, ours[1].cpu, floor[1].cpu)
				m.compare(late, ours[1].wall, floor[1].wall)
				m.compare(flat, ours[0].cpu, none[0].cpu)
				m.compare(flatUp, ours[1].cpu, none[1].cpu)
			}
		},
	}
}

// fresh does something in a browser that has just started on a profile that was used before.
func fresh(s *stage, extension, profile string, open func(*stage, *harness.Chromium) []opening) []opening {
	c := harness.StartChromium(s, harness.Options{Profile: profile, Extension: extension})
	defer c.Close()
	quiet(s, c)
	return open(s, c)
}
