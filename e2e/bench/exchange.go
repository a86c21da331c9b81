package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/kindos/kai/e2e/harness"
)

// exchange measures what two browsers around one kai take: the first exchange of a whole history, from one to the other, and
// then how long a change in one takes to be shown in the other. The pages are of two processes, whose clocks are the
// computer's.
func exchange() subject {
	const (
		first  = "exchange, 21,000 records from one browser into another"
		rename = "exchange, a conversation renamed: shown in the other browser, p99"
		middle = "  the same, median"
	)
	return subject{
		name: "exchange", about: "a change in one browser until another browser shows it, by way of kai", steady: true,
		figures: []figure{
			{name: first, unit: "ms"},
			{name: rename, unit: "ms", limit: atMost(150), of: p99},
			{name: middle, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			ext, data := extension(s), filepath.Join(s.TempDir(), "data")
			full, empty := profile(s, ext, usualConversations), s.TempDir()
			s.Cleanup(func() { _ = exec.Command(harness.Built(s, "kai"), "--data", data, "stop").Run() }) //nolint:gosec // it may not run
			here, there := joined(s, ext, data, full), joined(s, ext, data, empty)
			return func(m *meter) {
				share(there)
				there.Shows(exchanged)
				began := time.Now()
				share(here)
				here.Shows(exchanged)
				there.Until("the whole history", "document.body.innerText.includes('Conversation 999 about') && !/Exchanging|waiting/.test(document.body.innerText)")
				m.note(first, millis(time.Since(began)))
				atSame(s, here, there)
				for n := range 4 * changes {
					name := fmt.Sprintf("(%q)", fmt.Sprintf("A new name %d", n))
					took := hop(s, here.Page, there.Page, "changeTitle"+name, "seeTitle"+name)
					m.note(rename, took)
					m.note(middle, took)
				}
			}
		},
	}
}

const exchanged = "Everything is exchanged"

// member is a browser that kai serves, and its tab.
type member struct {
	*harness.Page
	browser *harness.Chromium
}

func joined(s *stage, extension, data, profile string) member {
	perform(s, "", nil, harness.Built(s, "kai"), "--data", data, "native", "install", "--browser", "chromium", "--profile", profile)
	c := harness.StartChromium(s, harness.Options{Profile: profile, Extension: extension})
	p := c.Open(s, c.ExtensionURL("tab.html"))
	p.Resize(1280, 800) // wide enough for the list beside the chat
	return member{p, c}
}

// share turns sync on.
func share(m member) {
	m.Click("button", "Settings")
	m.Shows("Connected, version")
	m.Click("switch", "Share my conversations through kai")
}

// atSame opens the newest conversation in both.
func atSame(s *stage, members ...member) {
	var id string
	members[0].Until("the first rows", "JSON.parse(localStorage.getItem('kai-snapshot')).conversations.length > 0")
	members[0].Eval("JSON.parse(localStorage.getItem('kai-snapshot')).conversations[0].id", &id)
	for _, m := range members {
		m.Go(m.browser.ExtensionURL("tab.html#/c/" + id))
		m.Eval("location.reload()", nil)
		m.Locate("log", "Messages")
		m.Eval(syncScript, nil)
		quiet(s, m.browser)
	}
}
