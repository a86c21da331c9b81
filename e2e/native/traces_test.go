package native_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// traced is a trace as kai debug traces --json tells it.
type traced struct {
	Traces []struct{ ID, Name string }
	Steps  []struct{ ID, Parent, Name string }
}

func (c *companion) traces(args ...string) (out traced) {
	c.t.Helper()
	text := c.kai(append([]string{"debug", "traces", "--json"}, args...)...)
	require.NoError(c.t, json.Unmarshal([]byte(text), &out), text)
	return out
}

// asked finds the trace of a question: the one with a run in it.
func (c *companion) asked() (id string, names []string) {
	for _, one := range c.traces().Traces {
		names = nil
		for _, s := range c.traces(one.ID).Steps {
			names = append(names, s.Name)
		}
		if strings.Contains(strings.Join(names, ";"), ";run;") {
			return one.ID, names
		}
	}
	return "", nil
}

// One question typed in the popup is one trace: from the view, over the native port, to the request that the model server got.
// The view's own log names it by the same id.
func TestATraceGoesFromThePopupToTheModel(t *testing.T) {
	t.Parallel()
	l := model.NewLine(t, model.Shared())
	c := newCompanion(t)
	b := c.chromium()
	tab := harness.View(t, b, "tab")
	connect(t, tab, l.URL)
	p := harness.View(t, b, "popup")
	var kept bool
	p.Eval(`(() => { globalThis.said = []; const debug = console.debug; console.debug = (...v) => { said.push(v.join(" ")); debug(...v); }; return true; })()`, &kept)
	ask(p, "hello kai")
	p.Shows(model.Answer("hello kai"))

	var id string
	var names []string
	require.Eventually(t, func() bool { id, names = c.asked(); return id != "" }, harness.Patience, 100*time.Millisecond)
	require.Equal(t, "popup: message.send", names[0])
	for _, want := range []string{"browser: store batch", "browser: message.send", "engine.run.start", "run", "HTTP POST", "store batch"} {
		require.Eventually(t, func() bool { _, names = c.asked(); return slices.Contains(names, want) }, harness.Patience, 100*time.Millisecond, want)
	}
	var line string
	p.Eval(`said.find((s) => s.startsWith("message.send answered")) ?? ""`, &line)
	require.Contains(t, line, "trace "+id)

	link := strings.TrimSpace(c.kai("open", "--print"))
	url, _, _ := strings.Cut(link, "/login")
	b.Open(t, link).Shows("Welcome to kAI")
	d := b.Open(t, url+"/debug")
	d.Shows("Traces")
	d.Until("the trace in the list", fmt.Sprintf(`document.querySelector('[data-trace="%s"]') !== null`, id))
	var clicked bool
	d.Eval(fmt.Sprintf(`(document.querySelector('[data-trace="%s"]').click(), true)`, id), &clicked)
	d.Shows("trace " + id)
	d.Until("a bar for each step", fmt.Sprintf(`document.querySelectorAll("#steps .bar").length >= %d`, len(names)))
	d.Eval(`(document.getElementById("traces-title").scrollIntoView(), true)`, &clicked)
	d.Shoot("traces")
}
