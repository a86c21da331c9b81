package main

import (
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

const (
	manyMessages = 5000   // of a long conversation; pages/rows.ts has as many rows
	turn         = 3000   // pixels a second: a wheel that is turned fast
	flick        = 8000   // pixels a second: a screen's height ten times over
	stretch      = 64_000 // pixels that are scrolled
)

// frames notes the moments at which a page painted, until it is told to stop.
const frames = `(() => {
  const f = globalThis.frames_ = { on: true, count: 0, late: 0, began: 0, ended: 0 };
  const vsync = 1000 / 60;
  const next = (now) => {
    const took = now - f.ended;
    f.count++;
    if (took > 1.5 * vsync) f.late++;
    f.ended = now;
    if (f.on) requestAnimationFrame(next);
  };
  requestAnimationFrame((now) => { f.began = f.ended = now; requestAnimationFrame(next); });
  return true;
})()`

const (
	toTheEnd   = `(() => { const box = document.querySelector(".thread"); box.scrollTop = box.scrollHeight; return true; })()`
	fromTheEnd = `(() => { const box = document.querySelector(".thread"); return box.scrollHeight - box.clientHeight - box.scrollTop; })()`
)

// painted is how a page painted while it was scrolled.
type painted struct {
	Count float64 `json:"count"` // frames
	Late  float64 `json:"late"`  // that took longer than one and a half turns of a screen of 60 Hz
	Began float64 `json:"began"`
	Ended float64 `json:"ended"`
}

func (p painted) frame() float64 { return (p.Ended - p.Began) / p.Count }
func (p painted) late() float64  { return 100 * p.Late / p.Count }

// scrolling measures how a conversation of 5,000 messages follows a flick of the wheel. 60 frames a second are 16.7 ms each.
func scrolling() subject {
	const (
		up    = "scrolling up in 5,000 messages, time of a frame; anchor: 5,000 paragraphs"
		late  = "  the same, frames later than 25 ms"
		fast  = "a flick in them, time of a frame"
		least = "  the flick, frames later than 25 ms"
	)
	return subject{
		name: "scrolling", about: "a wheel turned fast, and a flick, in a conversation of 5,000 messages: frames, and those that are late",
		figures: []figure{
			{name: up, unit: "ms", limit: atMost(17)},
			{name: late, unit: "%", limit: atMost(5)},
			{name: fast, unit: "ms", limit: atMost(17)},
			{name: least, unit: "%"},
		},
		open: func(s *stage) func(*meter) {
			files := extension(s)
			id, records := long(s, manyMessages)
			c := harness.StartChromium(s, harness.Options{Profile: profileOf(s, files, records), Extension: files})
			return func(m *meter) {
				for speed, rows := range map[int][2]string{turn: {up, late}, flick: {fast, least}} {
					anchor := scrolled(s, c, "rows.html", speed)
					ours := scrolled(s, c, "tab.html#/c/"+id, speed)
					m.compare(rows[0], ours.frame(), anchor.frame())
					m.compare(rows[1], ours.late(), anchor.late())
				}
			}
		},
	}
}

// scrolled opens a page and scrolls up in it; a conversation loads its earlier messages meanwhile.
func scrolled(s *stage, c *harness.Chromium, path string, speed int) (out painted) {
	p := c.Open(s, c.ExtensionURL(path))
	defer p.Close()
	p.Resize(1280, 800)
	p.Until("something to scroll", `(document.querySelector(".thread")?.scrollHeight ?? 0) > 2 * innerHeight`)
	p.Eval(toTheEnd, nil)
	quiet(s, c)
	p.Eval(frames, nil)
	p.Wheel(stretch, speed)
	p.Eval(`(frames_.on = false, frames_)`, &out)
	var moved float64
	p.Eval(fromTheEnd, &moved)
	require.InDelta(s, stretch, moved, 0.1*stretch, "the pixels that %s was scrolled; more are moved where the place is lost", path)
	return out
}
