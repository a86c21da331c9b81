package native_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// share turns sync on in a view that shows the settings.
func share(p *harness.Page) {
	p.Click("button", "Settings")
	p.Shows("Connected, version")
	p.Click("switch", "Share my conversations through kai")
	p.Shows("Everything is exchanged")
}

// Two Chromium profiles and a Firefox around one kai: each has what the others have, and what is written while one is
// closed is there when it is opened again.
func TestBrowsersAroundOneKaiHaveTheSameHistory(t *testing.T) {
	server := model.Start(t)
	c := newCompanion(t)
	first, second, third := c.chromium(), c.chromium(), c.firefox()
	a, _ := greet(t, first, server)
	b := harness.View(t, second, "tab")
	f := harness.View(t, third, "tab")
	for _, p := range []*harness.Page{a, b, f} {
		share(p)
	}
	for _, p := range []*harness.Page{b, f} {
		p.Click("button", "Back")
		p.Click("button", "hello kai")
		p.Shows(model.Answer("hello kai"))
	}
	second.Close()
	a.Click("button", "Back")
	ask(a, "are you there")
	a.Shows(model.Answer("are you there"))
	f.Shows(model.Answer("are you there"))
	again := harness.View(t, harness.StartChromium(t, harness.Options{Profile: second.Profile}), "tab")
	again.TryClick("button", "hello kai")
	again.Shows(model.Answer("are you there"))
	require.True(t, c.onDisk(model.Answer("are you there")))
}
