package native_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// offline is a web app whose browser keeps a copy, and the kai that comes and goes.
type offline struct {
	t         *testing.T
	data, url string
	cmd       *exec.Cmd
	browser   harness.Browser
	page      *harness.Page
}

// copied has asked something in a web app, and everything is exchanged with its copy.
func copied(t *testing.T, b harness.Browser, text string) *offline {
	t.Helper()
	l := model.NewLine(t, model.Start(t))
	o := &offline{t: t, data: filepath.Join(t.TempDir(), "data"), browser: b}
	var link string
	o.cmd, link = serving(t, o.data, "0")
	o.url, _, _ = strings.Cut(link, "login")
	o.page = b.Open(t, link)
	o.page.Resize(1280, 800)    // the list has a column
	o.page.Shows("Not running") // the list of services moves while it is being made
	o.page.Click("button", "Add another service")
	o.page.Fill("textbox", "Address", l.URL)
	o.page.Click("button", "Save")
	o.page.Fill("textbox", "Message", text)
	o.page.Press("Enter")
	o.page.Shows(model.Answer(text))
	o.exchanged()
	return o
}

// exchanged waits until the copy has everything, and is where the page is loaded from.
func (o *offline) exchanged() {
	o.t.Helper()
	o.page.Click("button", "Settings")
	o.page.Shows("Web app in ")
	o.page.Shows("Everything is exchanged")
	o.page.Click("button", "Back")
	o.page.Until("the program is kept", `caches.match("/kai.wasm").then((found) => found !== undefined)`)
	o.page.Until("the page is kept", `caches.match("/").then((found) => found !== undefined)`)
}

// stop kills kai.
func (o *offline) stop() {
	o.t.Helper()
	require.NoError(o.t, o.cmd.Process.Kill())
	_ = o.cmd.Wait() // killed
}

// start runs it again, where it was.
func (o *offline) start() {
	o.t.Helper()
	_, port, _ := strings.Cut(strings.Trim(strings.TrimPrefix(o.url, "http://"), "/"), ":")
	o.cmd, _ = serving(o.t, o.data, port)
}

// The page is loaded anew while kai is off: the conversations and their messages are there, can be searched and renamed, and
// kai has what was changed once it is back.
func TestTheWebAppGoesOnWhileKaiIsOff(t *testing.T) {
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	o.stop()
	o.page.Go(o.url + "#/new")
	o.page.Shows("kAI is not running")
	o.page.ClickText("hello kai")
	o.page.Shows(model.Answer("hello kai"))
	var compiled string
	o.page.Eval(`WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => "compiled", (error) => error.name)`, &compiled)
	require.Equal(t, "CompileError", compiled, "only the worker may run a program")
	o.page.Shoot("webapp-offline")
	o.page.Resize(1280, 800)
	o.page.Fill("textbox", "Search conversations", "how can")
	o.page.Shows(model.Answer("hello kai"))
	o.page.Press("Escape")
	rename(o.page, "hello kai", "Greetings")
	o.page.Fill("textbox", "Message", "half a thought")
	o.start()
	o.page.Hides("kAI is not running")
	o.page.Shows("Greetings")
	var draft string
	o.page.Eval(`document.querySelector("#message").value`, &draft)
	require.Equal(t, "half a thought", draft, "what is being written stays")
	var titles []string
	o.page.Eval(`fetch("/api/v1/conversations").then((a) => a.json()).then((page) => page.conversations.map((c) => c.title))`, &titles)
	require.Equal(t, []string{"Greetings"}, titles)
}
