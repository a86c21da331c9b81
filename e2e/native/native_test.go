package native_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

func connect(t *testing.T, p *harness.Page, url string) {
	t.Helper()
	p.Click("button", "Settings")
	p.Shows("Connected, version")
	p.Click("button", "Add a service")
	p.Fill("textbox", "Address", url)
	p.Click("button", "Save")
	p.Shows("through the companion")
	p.Click("button", "Back")
}

func ask(p *harness.Page, text string) {
	p.Fill("textbox", "Message", text)
	p.Press("Enter")
}

// wholeStory waits for the end of the story and demands every sentence of it, once.
func wholeStory(t *testing.T, p *harness.Page) {
	t.Helper()
	p.Shows("Sentence 60 of the story.")
	var text string
	p.Eval(`document.querySelector("[role=log]").innerText`, &text)
	for i := 1; i <= 60; i++ {
		require.Equal(t, 1, strings.Count(text, fmt.Sprintf("Sentence %d of the story.", i)), "sentence %d", i)
	}
}

// throughKai says whether the server saw the question come from kai: no Origin, and not from a browser.
func throughKai(l *model.Line) bool {
	for _, r := range l.Requests() {
		if r.Path == "/api/chat" {
			return r.Origin == "" && !strings.Contains(r.UserAgent, "Mozilla")
		}
	}
	return false
}

// greet opens a view, joins it to the server by a line of its own, and has its greeting answered.
func greet(t *testing.T, b harness.Browser, server *model.Server) (*harness.Page, *model.Line) {
	t.Helper()
	l := model.NewLine(t, server)
	p := harness.View(t, b, "tab")
	connect(t, p, l.URL)
	ask(p, "hello kai")
	p.Shows(model.Answer("hello kai"))
	return p, l
}

func TestAnswersComeThroughTheCompanion(t *testing.T) {
	server := model.Shared()
	inBoth(t, func(t *testing.T, _ *companion, b harness.Browser) {
		_, l := greet(t, b, server)
		require.True(t, throughKai(l), "%+v", l.Requests())
	})
}

func TestAnAnswerInKaiSurvivesTheBrowser(t *testing.T) {
	t.Parallel()
	l := model.NewLine(t, model.Shared())
	c := newCompanion(t)
	first := c.chromium()
	p := harness.View(t, first, "tab")
	connect(t, p, l.URL)
	l.Hold(5)
	ask(p, "tell me a story")
	p.Shows("Sentence 5 of the story.")
	first.Close()
	l.Open()
	again := harness.View(t, harness.StartChromium(t, harness.Options{Profile: first.Profile}), "tab")
	again.TryClick("button", "tell me a story")
	wholeStory(t, again)
}

// Two profiles and another browser at once: one kai serves them all, and none of them sees the others.
func TestBrowsersAndProfilesShareOneKai(t *testing.T) {
	t.Parallel()
	server := model.Shared()
	c := newCompanion(t)
	for name, start := range map[string]func() harness.Browser{
		"one profile":     func() harness.Browser { return c.chromium() },
		"another profile": func() harness.Browser { return c.chromium() },
		"another browser": func() harness.Browser { return c.firefox() },
	} {
		b := start() // and it stays open
		_, l := greet(t, b, server)
		require.True(t, throughKai(l), name)
	}
	require.Len(t, c.hosts(), 3, "a host for each")
	require.Equal(t, []int{c.pid()}, c.processes("run"), "and one kai")
}

// What a person deletes in the browser is erased in kai as well, on its disk too.
func TestDeletingEverythingErasesTheAnswersInKai(t *testing.T) {
	server := model.Shared()
	inBoth(t, func(t *testing.T, c *companion, b harness.Browser) {
		p, _ := greet(t, b, server)
		require.Eventually(t, func() bool { return c.onDisk(model.Answer("hello kai")) }, harness.Patience, time.Second, "kai keeps answers")
		p.Click("button", "Settings")
		p.Shows("Connected, version") // again: looking at the disk stopped kai
		p.Click("button", "Delete all")
		p.Fill("textbox", "Type “delete” to confirm", "delete")
		p.Press("Enter")
		p.Shows("Everything was deleted.")
		require.Eventually(t, func() bool { return !c.onDisk(model.Answer("hello kai")) }, harness.Patience, time.Second, "erased here, kept there")
	})
}
