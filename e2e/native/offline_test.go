package native_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// offline is a web app whose browser keeps a copy, and the kai that comes and goes.
type offline struct {
	t         *testing.T
	data, url string
	port      string
	cmd       *exec.Cmd
	browser   harness.Browser
	page      *harness.Page
}

// copied has asked something in a web app, and everything is exchanged with its copy.
func copied(t *testing.T, b harness.Browser, text string) *offline {
	t.Helper()
	l := model.NewLine(t, model.Shared())
	o := &offline{t: t, data: filepath.Join(t.TempDir(), "data"), port: lastingPort(t), browser: b}
	var link string
	o.cmd, link = serving(t, o.data, o.port)
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
	o.page.Gone("button", "Stop") // kai keeps the answer now, and the copy may lack it
	o.exchanged()
	o.page.Until("the answer to be in the copy", fmt.Sprintf(inCopy+`.then((all) => all.text.includes(%q))`, model.Answer(text))) // its end comes after its words
	return o
}

// inCopy is how many records the copy has, and all text in them.
const inCopy = `(async () => {
  const ask = (request) => new Promise((done, fail) => { request.onsuccess = () => done(request.result); request.onerror = () => fail(request.error); });
  const [{ name } = {}] = await indexedDB.databases();
  if (!name) return { count: 0, text: "" };
  const db = await ask(indexedDB.open(name));
  const all = await Promise.all([...db.objectStoreNames].map((kind) => ask(db.transaction(kind).objectStore(kind).getAll())));
  db.close();
  const decoder = new TextDecoder();
  const plain = (_, v) => ArrayBuffer.isView(v) || v instanceof ArrayBuffer ? decoder.decode(v) : v;
  return { count: all.flat().length, text: JSON.stringify(all, plain) };
})()`

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
	o.cmd, _ = serving(o.t, o.data, o.port)
}

// The page is loaded anew while kai is off: the conversations and their messages are there, can be searched and renamed, and
// kai has what was changed once it is back.
func TestTheWebAppGoesOnWhileKaiIsOff(t *testing.T) {
	inBare(t, func(t *testing.T, b harness.Browser) {
		o := copied(t, b, "hello kai")
		o.stop()
		o.page.Go(o.url + "#/new")
		o.page.Shows("kAI does not answer")
		o.page.ClickText("hello kai")
		o.page.Shows(model.Answer("hello kai"))
		var compiled string
		o.page.Eval(`WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => "compiled", (error) => error.name)`, &compiled)
		require.Equal(t, "CompileError", compiled, "only the worker may run a program")
		if b.Name() == "chromium" { // Firefox cannot be told a theme
			o.page.Shoot("webapp-offline")
			o.page.Resize(1280, 800)
		}
		o.page.Fill("textbox", "Search conversations", "how can")
		o.page.Shows(model.Answer("hello kai"))
		o.page.Press("Escape")
		rename(o.page, "hello kai", "Greetings")
		o.page.Fill("textbox", "Message", "half a thought")
		o.start()
		o.page.Hides("kAI does not answer")
		o.page.Shows("Greetings")
		var draft string
		o.page.Eval(`document.querySelector("#message").value`, &draft)
		require.Equal(t, "half a thought", draft, "what is being written stays")
		o.page.Until("kai to have the new title", `fetch("/api/v1/conversations").then((a) => a.json()).then((page) => page.conversations.map((c) => c.title).join() === "Greetings")`)
	})
}

// What is asked while kai is off waits, also when the page is loaded anew, and is asked and answered once kai is back.
func TestAQuestionWaitsUntilKaiIsBack(t *testing.T) {
	t.Parallel()
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	o.stop()
	o.page.Shows("kAI does not answer")
	o.page.Fill("textbox", "Message", "and then")
	o.page.Press("Enter")
	o.page.Shows("Waits until kAI is back.")
	o.page.Fill("textbox", "Message", "one more")
	o.page.Press("Enter")
	o.page.Shows("one question can wait in a conversation")
	o.page.Click("button", "New chat")
	o.page.Fill("textbox", "Message", "something new")
	o.page.Press("Enter")
	o.page.Shows("Waits until kAI is back.")
	o.page.Go(o.url)
	o.page.Shows("Waits until kAI is back.")
	o.page.Shoot("webapp-offline-waiting")
	o.page.Resize(1280, 800)
	o.start()
	o.page.Hides("Waits until kAI is back.")
	o.page.Shows(model.Answer("something new"))
	o.page.Click("button", "hello kai")
	o.page.Shows(model.Answer("and then"))
}

// A title that was changed on both sides while they were apart: the later one stands, and the other is kept as a lost text.
func TestWhatWasChangedOnBothSidesIsKept(t *testing.T) {
	t.Parallel()
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	o.stop()
	o.page.Shows("kAI does not answer")
	rename(o.page, "hello kai", "In the browser")
	other := harness.StartChromium(t, harness.Options{Bare: true})
	cmd, link := serving(t, o.data, "0") // at another port: the browser does not see it
	p := other.Open(t, link)
	p.Resize(1280, 800)
	rename(p, "hello kai", "In kai")
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	o.start()
	o.page.Locate("button", "In kai")
	o.page.Click("button", "Settings")
	o.page.Locate("button", "Use this one: In the browser")
}

// All tabs are served by one copy, and move together.
func TestTabsShareTheCopy(t *testing.T) {
	t.Parallel()
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	second := o.browser.Open(t, o.url)
	second.Resize(1280, 800)
	second.Locate("button", "hello kai")
	o.stop()
	for _, p := range []*harness.Page{o.page, second} {
		p.Shows("kAI does not answer")
	}
	rename(second, "hello kai", "Greetings")
	o.page.Locate("button", "Greetings")
	second.Go(o.url)
	second.Locate("button", "Greetings")
	o.start()
	for _, p := range []*harness.Page{o.page, second} {
		p.Hides("kAI does not answer")
		p.Locate("button", "Greetings")
	}
}

// Signing out leaves none of it, and so does turning it off.
func TestTheCopyGoesWithTheSession(t *testing.T) {
	t.Parallel()
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	const kept = `indexedDB.databases().then((all) => all.length)`
	o.page.Click("button", "Settings")
	o.page.Eval(`[...document.querySelectorAll("h2")].find((h) => h.textContent === "This browser").parentElement.scrollIntoView()`, nil)
	o.page.Shoot("webapp-copy")
	o.page.Resize(1280, 800)
	o.page.Click("switch", "Keep a copy in this browser")
	o.page.Shows("This browser keeps no conversations any more.")
	o.page.Until("no database", kept+`.then((n) => n === 0)`)
	o.page.Click("switch", "Keep a copy in this browser")
	o.page.Until("a database", kept+`.then((n) => n === 1)`)
	o.page.Shows("Everything is exchanged")
	o.page.Click("button", "Sign out")
	o.page.Shows("Is it you?")
	o.page.Until("nothing is kept", kept+`.then((n) => n === 0 && localStorage.length === 0)`)
	o.page.Until("the worker is there again", `navigator.serviceWorker.ready.then(() => true)`)
	o.stop()
	o.page.Go(o.url)
	o.page.Shows("kAI is not running")
}

// Deleting everything empties the copy at once, and it goes on from there.
func TestDeletingEverythingEmptiesTheCopy(t *testing.T) {
	t.Parallel()
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	o.page.Click("button", "Settings")
	o.page.Click("button", "Delete all")
	o.page.Fill("textbox", "Type “delete” to confirm", "delete")
	o.page.Press("Enter")
	o.page.Shows("Everything was deleted.")
	o.page.Until("a copy without it", inCopy+`.then((all) => all.count > 0 && !all.text.includes("hello kai"))`)
	o.stop()
	o.page.Shows("kAI does not answer")
	o.page.Hides("hello kai")
}

// A network that is cut closes nothing; the page goes over to the copy all the same, and back.
func TestTheWebAppGoesOnWhenTheNetworkIsCut(t *testing.T) {
	t.Parallel()
	o := copied(t, harness.StartChromium(t, harness.Options{Bare: true}), "hello kai")
	cut := func(off bool) {
		rule := network.Conditions{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}
		_, err := chromedp.Call(o.page.DevTools(), network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{&rule}})
		require.NoError(t, err)
		_, err = chromedp.Call(o.page.DevTools(), network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
		require.NoError(t, err)
	}
	cut(true)
	o.page.Shows("kAI does not answer")
	o.page.Shows(model.Answer("hello kai"))
	rename(o.page, "hello kai", "Greetings")
	cut(false)
	o.page.Hides("kAI does not answer")
	o.page.Locate("button", "Greetings")
}
