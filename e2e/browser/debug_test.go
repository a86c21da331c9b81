package browser_test

import (
	"fmt"
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

const debugKey = "sk-planted-in-a-service"

// The debug tools of browser mode, by their names in the specification: indexeddb-inspector on database kai-cd, and
// extension-console with the lines of all contexts.
func TestTheDebugTools(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		p.Click("button", "Settings")
		p.Click("button", "Add a service")
		p.Click("button", "Show") // a field for passwords is no textbox to Firefox
		p.Fill("textbox", "API key", debugKey)
		p.Fill("textbox", "Address", l.URL)
		p.Click("button", "Save")
		p.Click("button", "Back")
		ask(t, p, "hello kai")
		p.Shows("tokens/s")

		d := b.Open(t, b.ExtensionURL("debug.html"))
		d.Shows("kAI debug tools")
		d.Shows("Nothing has changed since this page was opened.")
		d.Click("button", "Check integrity")
		d.Shows("All is as it must be in ")
		d.Click("button", "services")
		d.Shows("Records in services")
		unfolds(d, `"key": "***"`)
		d.Hides(debugKey)
		d.Click("button", "messages")
		d.Shows("Records in messages")
		unfolds(d, `"text": "hello kai"`)

		ask(t, p, "tell me a story")
		unfolds(d, "Sentence 60 of the story.") // what is shown is renewed as it changes
		d.Hides("Nothing has changed since this page was opened.")

		p.Eval(`console.warn("planted in the tab")`, nil)
		d.Eval(`console.warn("this page tells nothing of itself")`, nil)
		d.Click("radio", "Log")
		d.Shows("planted in the tab")
		d.Hides("this page tells nothing of itself")
		d.Fill("textbox", "Search", "nothing that anybody wrote")
		d.Shows("Nothing matches.")
	})
}

// unfolds opens every record that is listed until one of them shows text.
func unfolds(d *harness.Page, text string) {
	d.Until("a record with "+text, fmt.Sprintf(`(() => {
	  for (const e of document.querySelectorAll("details")) e.open = true;
	  return document.body.innerText.includes(%q);
	})()`, text))
}

// What is wrong with the database is found and told, with where.
func TestTheInspectorFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	ask(t, p, "hello kai")
	p.Shows("tokens/s")
	d := b.Open(t, b.ExtensionURL("debug.html"))
	d.Eval(`(async () => {
	  const db = await new Promise((r) => { const q = indexedDB.open("kai-cd"); q.onsuccess = () => r(q.result); });
	  const store = db.transaction("conversations", "readwrite").objectStore("conversations");
	  const key = await new Promise((r) => { const q = store.getAllKeys(); q.onsuccess = () => r(q.result.at(-1)); });
	  const leaf = await new Promise((r) => { const q = store.get(key); q.onsuccess = () => r(q.result); });
	  await new Promise((r) => { store.put({ ...leaf, text: leaf.text + "?" }, key).onsuccess = r; });
	  db.close();
	})()`, nil)
	d.Click("button", "Check integrity")
	d.Shows("not as they must be")
	d.Shows("the text is longer or shorter than said")
	d.Audit("findings")
}

func TestScreensOfTheDebugTools(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	ask(t, p, "show me markdown")
	p.Shows("tokens/s")
	p.Eval(`console.warn("the service took long to answer"); console.error("and then it did not")`, nil)
	d := b.Open(t, b.ExtensionURL("debug.html"))
	d.Click("button", "conversations")
	d.Shows("Records in conversations")
	d.Until("a record", `Boolean(document.querySelector("details"))`)
	d.Eval(`document.querySelector("details").open = true`, nil)
	d.Shoot("debug-database")
	d.Click("radio", "Log")
	d.Shows("and then it did not")
	d.Shoot("debug-log")
}
