package browser_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// TestMain serves one real Ollama for all tests of the package; each test gets a line of its own to it.
func TestMain(m *testing.M) { os.Exit(model.Main(m)) }

// line puts a test's own line in front of the shared server.
func line(t *testing.T) *model.Line {
	t.Helper()
	return model.NewLine(t, model.Shared())
}

// browsers are what the tests run in.
func browsers() map[string]func(t *testing.T) harness.Browser {
	return map[string]func(t *testing.T) harness.Browser{
		"chromium": func(t *testing.T) harness.Browser { return harness.StartChromium(t, harness.Options{}) },
		"firefox":  func(t *testing.T) harness.Browser { return harness.StartFirefox(t, harness.Options{}, "") },
	}
}

// everywhere runs a test in each browser, beside other tests: most of a test's time a browser waits for something. How many
// browsers there are at a time is go test's -parallel.
func everywhere(t *testing.T, test func(t *testing.T, b harness.Browser)) {
	t.Helper()
	t.Parallel()
	everywhereAlone(t, test)
}

// everywhereAlone runs a test in both browsers at once, and beside no other test: for what needs a processor for seconds on end, or
// something that there is only once.
func everywhereAlone(t *testing.T, test func(t *testing.T, b harness.Browser)) {
	t.Helper()
	harness.InEach(t, harness.Options{}, test)
}

// connect adds the model server at url as a person does on the first run, and waits until a message can be written.
func connect(t *testing.T, p *harness.Page, url string) {
	t.Helper()
	addService(t, p, url)
	p.Locate("textbox", "Message")
	p.Locate("button", "Model: "+model.Scripted+":latest")
}

// addService adds an Ollama at url from the first-run screen. One that answers leads to the chat, any other to the settings.
func addService(t *testing.T, p *harness.Page, url string) {
	t.Helper()
	require.Eventually(t, func() bool { // the button moves while services are being found
		return p.Has("textbox", "Address") || p.TryClick("button", "Add another service") && p.Has("textbox", "Address")
	}, harness.Patience, 50*time.Millisecond, "the form of a service")
	p.Fill("textbox", "Address", url)
	p.Click("button", "Save")
	p.Gone("button", "Save")
}

// ask writes a message and sends it with Enter.
func ask(t *testing.T, p *harness.Page, text string) {
	t.Helper()
	p.Fill("textbox", "Message", text)
	p.Press("Enter")
}

// view opens a context and connects it to a line.
func view(t *testing.T, b harness.Browser, context string, l *model.Line) *harness.Page {
	t.Helper()
	p := open(t, b, context)
	connect(t, p, l.URL)
	return p
}

// open opens a view in the size that it usually has.
func open(t *testing.T, b harness.Browser, context string) *harness.Page {
	t.Helper()
	p := harness.View(t, b, context)
	switch context {
	case "tab":
		p.Resize(1280, 800)
	case "sidepanel":
		p.Resize(420, 800)
	case "popup":
		p.Resize(400, 600)
	}
	return p
}

// waitRequest waits until the server has seen a request for path.
func waitRequest(t *testing.T, l *model.Line, path string) model.Seen {
	t.Helper()
	var seen model.Seen
	require.Eventually(t, func() bool {
		for _, r := range l.Requests() {
			if r.Path == path {
				seen = r
				return true
			}
		}
		return false
	}, harness.Patience, 20*time.Millisecond, "a request for %s", path)
	return seen
}

// chatBody is what the model server was last asked.
func chatBody(t *testing.T, l *model.Line) string {
	t.Helper()
	body := ""
	for _, r := range l.Requests() {
		if r.Path == "/api/chat" {
			body = r.Body
		}
	}
	require.NotEmpty(t, body, "the model server was not asked")
	return body
}

// openConversation opens a conversation from the list, whether it is being answered or not. A view that is opened while an
// answer is being made shows that one by itself.
func openConversation(t *testing.T, p *harness.Page, title string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return p.Has("log", "Messages") || p.TryClick("button", title) || p.TryClick("button", title+" Answering now")
	}, harness.Patience, 50*time.Millisecond, "%s: open %q", p.About, title)
}
