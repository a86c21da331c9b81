package main

import (
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// times is the processor time in ms of each of a browser's processes since it started, by its number and kind.
type times map[process]float64

type process struct {
	id   int64
	kind string
}

func cpuTimes(s *stage, c *harness.Chromium) times {
	out, err := chromedp.CallBrowser(c.DevTools(), systeminfo.GetProcessInfo, cdp.Empty{})
	require.NoError(s, err, "read the processor times")
	t := times{}
	for _, p := range out.ProcessInfo {
		t[process{p.ID, p.Type}] = p.CPUTime * 1000
	}
	return t
}

// since is what all processes spent since an earlier reading. A process that ended in between takes its time along: it
// counts for nothing, where a difference of sums would count what it had spent before as saved.
func (t times) since(earlier times) float64 {
	sum := 0.0
	for p, spent := range t {
		sum += spent - earlier[p]
	}
	return sum
}

// quiet waits until the browser has nothing to do: what it began before must not count as the next one's.
func quiet(s *stage, c *harness.Chromium) {
	const look, most = 200 * time.Millisecond, 10 * time.Second
	for began, before := time.Now(), cpuTimes(s, c); time.Since(began) < most; {
		pause(s.ctx, look)
		now := cpuTimes(s, c)
		if now.since(before) <= millis(look)/10 {
			return
		}
		before = now
	}
	s.Logf("the browser does not come to rest; its figures will be too high")
}
