package native_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// small makes the model's window a smaller one, as models say it.
func small(l *model.Line) {
	l.Replace(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"model_info":{"general.architecture":"llama","llama.context_length":4096},"capabilities":["completion"]}`)
	}, "/api/show")
}

// fills has so much said that there is something to sum up.
func fills(p *harness.Page) {
	for i, filler := range []string{"zebra ", "otter ", "heron ", "badger "} {
		ask(p, strings.Repeat(filler, 380)+"\n\nhello kai")
		p.Until("an answer more", `document.querySelectorAll(".figures").length === `+string(rune('1'+i)))
	}
}

// sumsUp begins a summary, whose first words come, and no more of them.
func sumsUp(p *harness.Page, l *model.Line) {
	l.Hold(1)
	p.ClickText("% full")
	p.Click("button", "Summarise")
	p.Shows("It goes on when you close this.")
	p.Shows("Read 2 of 2 messages")
}

// summaries are the tasks that write them.
func (c *companion) summaries() (all []task) {
	c.t.Helper()
	require.NoError(c.t, json.Unmarshal([]byte(c.kai("tasks", "list", "--kind", "summarise", "--json")), &all))
	return all
}

// A browser is closed in the middle, and kai killed: the summary of a real Ollama is there when the browser is back.
func TestASummaryOutlivesTheBrowserAndKai(t *testing.T) { // alone: the model reads long questions
	server := model.Shared()
	c := newCompanion(t)
	l := model.NewLine(t, server)
	small(l)
	first := c.chromium()
	p := harness.View(t, first, "tab")
	connect(t, p, l.URL)
	fills(p)
	sumsUp(p, l)
	p.Shoot("summary-writing")
	first.Close()
	at := c.summaries()
	require.Len(t, at, 1)
	require.Equal(t, "running", at[0].State)
	c.signal(syscall.SIGKILL, c.pid())
	l.Open()
	small(l)
	c.start()
	c.taskUntil(at[0].ID, func(t task) bool { return t.State == "done" })

	p = harness.View(t, harness.StartChromium(t, harness.Options{Profile: first.Profile}), "tab")
	p.TryClick("button", "zebra zebra")
	p.Shows("The model reads a summary of what is above.")
	require.Equal(t, 2, chatsWith(l, "Sum up"), "the one that was cut off, and the one after it")
}

// chatsWith counts the questions whose text has these words.
func chatsWith(l *model.Line, words string) (n int) {
	for _, r := range l.Requests() {
		if r.Path == "/api/chat" && strings.Contains(r.Body, words) {
			n++
		}
	}
	return n
}

// In kai's own web app: the page is closed and another one follows; it is stopped, and written after all.
func TestASummaryIsATaskOfKai(t *testing.T) { // alone: the model reads long questions
	l := model.NewLine(t, model.Shared())
	small(l)
	c := newCompanion(t)
	cmd, link := serving(t, c.data, "0")
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	b := harness.StartChromium(t, harness.Options{Bare: true})
	p := b.Open(t, link)
	p.Shows("Not running")
	p.Click("button", "Add another service")
	p.Fill("textbox", "Address", l.URL)
	p.Click("button", "Save")
	fills(p)
	var where string
	p.Eval("location.href", &where)
	sumsUp(p, l)
	p.Close()

	p = b.Open(t, where)
	p.Shows("Read 2 of 2 messages")
	p.Resize(320, 700)
	p.Shoot("summary-goes-on")
	p.Resize(1280, 800)
	p.ClickText("Read 2 of 2 messages")
	p.Click("button", "Cancel")
	p.Locate("button", "Summarise")
	tasks := c.summaries()
	require.Len(t, tasks, 1)
	c.taskUntil(tasks[0].ID, func(t task) bool { return t.State == "canceled" })

	l.Open()
	small(l)
	p.Click("button", "Summarise")
	p.Locate("textbox", "What the model reads")
	tasks = c.summaries()
	require.Len(t, tasks, 2)
	c.taskUntil(tasks[0].ID, func(t task) bool { return t.State == "done" })
}
