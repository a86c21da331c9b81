package native_test

import (
	"fmt"
	"syscall"
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

// around opens a second browser beside the one that greeted, and turns sync on in both; the list stands beside the settings.
func around(t *testing.T, c *companion, second harness.Browser) (a, b *harness.Page) {
	t.Helper()
	a, _ = greet(t, c.chromium(), model.Shared())
	b = harness.View(t, second, "tab")
	for _, p := range []*harness.Page{a, b} {
		p.Resize(1200, 800)
		share(p)
	}
	return a, b
}

// Two Chromium profiles and a Firefox around one kai: each has what the others have, and what is written while one is
// closed is there when it is opened again.
func TestBrowsersAroundOneKaiHaveTheSameHistory(t *testing.T) {
	t.Parallel()
	server := model.Shared()
	c := newCompanion(t)
	first, second, third := c.chromium(), c.chromium(), c.firefox()
	a, _ := greet(t, first, server)
	b := harness.View(t, second, "tab")
	f := harness.View(t, third, "tab")
	for _, p := range []*harness.Page{a, b, f} {
		p.Resize(1200, 800) // the list stands beside the chat
		share(p)
	}
	for _, p := range []*harness.Page{b, f} {
		p.Click("button", "Back")
		p.Click("button", "hello kai")
		p.Shows(model.Answer("hello kai"))
	}
	second.Close()
	a.Click("button", "Back")
	a.Click("button", "New chat")
	ask(a, "tell me a story")
	wholeStory(t, a)
	f.Click("button", "tell me a story")
	wholeStory(t, f)
	again := harness.View(t, harness.StartChromium(t, harness.Options{Profile: second.Profile}), "tab")
	again.Resize(1200, 800)
	again.Click("button", "tell me a story")
	wholeStory(t, again)
	require.True(t, c.onDisk("Sentence 60 of the story."))
}

// Kai is killed and the way to it is cut again and again while both browsers write. Nothing that either wrote is missing.
func TestAKaiThatIsKilledBetweenBrowsersLosesNothing(t *testing.T) {
	t.Parallel()
	c := newCompanion(t)
	a, f := around(t, c, c.firefox())
	for _, p := range []*harness.Page{a, f} {
		p.Click("button", "Back")
	}
	name := "hello kai"
	for i := range 6 {
		next := fmt.Sprintf("Name %d", i)
		if i%2 == 0 {
			c.signal(syscall.SIGKILL, c.pid())
		} else {
			c.signal(syscall.SIGKILL, c.hosts()...)
		}
		here, there := a, f
		if i%3 == 2 {
			here, there = f, a
		}
		rename(here, name, next)
		there.Locate("button", next)
		name = next
	}
	f.Click("button", name)
	f.Shows(model.Answer("hello kai"))
}

// rename gives a conversation another title in a view that shows the list.
func rename(p *harness.Page, from, to string) {
	p.Click("button", "Rename “"+from+"”")
	p.Fill("textbox", "Title", to)
	p.Press("Enter")
	p.Locate("button", to)
}

// Two titles that were given without knowing of each other: the later one stands, and the other can be put in its place.
func TestATitleThatLostIsShownAndPutBack(t *testing.T) {
	t.Parallel()
	c := newCompanion(t)
	a, b := around(t, c, c.chromium())
	b.Locate("button", "hello kai")
	for _, p := range []*harness.Page{a, b} {
		p.Click("switch", "Share my conversations through kai")
	}
	rename(a, "hello kai", "Mine")
	rename(b, "hello kai", "Theirs")
	for _, p := range []*harness.Page{a, b} {
		p.Click("switch", "Share my conversations through kai")
	}
	a.Locate("button", "Theirs")
	b.Shows("Texts that lost")
	b.Shoot("sync")
	b.Resize(1200, 800)
	b.Click("button", "Use this one: Mine")
	a.Locate("button", "Mine")
	b.Locate("button", "Mine")
	b.Gone("button", "Use this one: Mine")
}

// A conversation that is kept on this device goes no further than it had come, until it is shared again.
func TestAConversationThatIsKeptHereReachesNoOtherBrowser(t *testing.T) {
	t.Parallel()
	c := newCompanion(t)
	a, b := around(t, c, c.chromium())
	for _, p := range []*harness.Page{a, b} {
		p.Click("button", "Back")
	}
	b.Click("button", "hello kai")
	a.Click("button", "Keep on this device only")
	a.Shows("From now on this conversation stays on this device.")
	ask(a, "tell me a story")
	wholeStory(t, a)
	a.Shoot("private")
	a.Resize(1200, 800)
	a.Click("button", "New chat")
	ask(a, "show me markdown")
	a.Shows("The end of it.")
	b.Locate("button", "show me markdown") // what was written later has come
	require.NotContains(t, b.Text(), "Sentence 1 of the story.")

	a.ClickText("hello kai")
	a.Click("button", "Keep on this device only")
	a.Shows("This conversation is shared again.")
	wholeStory(t, b)
}
