package browser_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

const key = "sk-this-stays-here"

// addKeyed adds the same Ollama once more as an OpenAI-compatible service that wants a key.
func addKeyed(t *testing.T, p *harness.Page, l *model.Line) {
	t.Helper()
	p.Click("button", "Settings")
	p.Click("button", "Add a service")
	choose(p, "Kind", "OpenAI-compatible")
	p.Fill("textbox", "Name", "Keyed")
	p.Fill("textbox", "Address", l.URL+"/v1")
	p.Press("Tab") // a password box has no role to be found by
	p.Type(key)
	p.Click("button", "Save")
	p.Locate("button", "Test Keyed")
}

// choose takes an option of a select by its text, as the keyboard or the browser's own list does.
func choose(p *harness.Page, label, option string) {
	p.Locate("combobox", label)
	p.Eval(`(() => {
	  const label = [...document.querySelectorAll("label")].find((l) => l.textContent === `+quoted(label)+`);
	  const list = document.getElementById(label.htmlFor);
	  list.value = [...list.options].find((o) => o.textContent === `+quoted(option)+`).value;
	  list.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, nil)
}

func quoted(text string) string {
	raw, _ := json.Marshal(text) // a string always marshals
	return string(raw)
}

type exported struct {
	Format        string
	Conversations []struct{ ID, Title string }
	Messages      []struct{ Conversation, Role, Text string }
	Services      []struct{ Name, URL, Key string }
	Settings      struct{ Theme string }
}

func TestEverythingIsExportedButNoSecret(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		for _, question := range []string{"One: hello kai", "Two: say it in unicode"} {
			p.Click("button", "New chat")
			ask(t, p, question)
			p.Shows("tokens/s")
		}
		addKeyed(t, p, l)
		p.Click("radio", "Light")
		p.Click("button", "Export all")
		p.Shows("Exported ")
		raw := saved(t, b)
		require.NotContains(t, string(raw), key)

		var all exported
		require.NoError(t, json.Unmarshal(raw, &all))
		require.Equal(t, "kai-export", all.Format)
		require.Len(t, all.Conversations, 2)
		require.Len(t, all.Messages, 4)
		require.Equal(t, "One: hello kai", all.Conversations[0].Title)
		require.Equal(t, []string{"One: hello kai", model.Answer("hello kai"), "Two: say it in unicode", model.Answer("say it in unicode")},
			[]string{all.Messages[0].Text, all.Messages[1].Text, all.Messages[2].Text, all.Messages[3].Text})
		require.Len(t, all.Services, 2)
		require.Equal(t, l.URL, all.Services[0].URL)
		require.Empty(t, all.Services[1].Key)
		require.Equal(t, "light", all.Settings.Theme)
	})
}

// saved waits for the one file that the browser saved.
func saved(t *testing.T, b harness.Browser) []byte {
	t.Helper()
	var raw []byte
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(b.Downloads(), "kai-export-*.json"))
		if len(files) != 1 {
			return false
		}
		var err error
		raw, err = os.ReadFile(files[0])
		return err == nil && strings.HasSuffix(string(raw), "}\n")
	}, harness.Patience, 50*time.Millisecond, "the export in %s", b.Downloads())
	return raw
}

// everything is all text in the extension's storage: every value of every database, and localStorage.
const everything = `(async () => {
  const text = [JSON.stringify({ ...localStorage })];
  const decoder = new TextDecoder();
  const plain = (_, v) => ArrayBuffer.isView(v) || v instanceof ArrayBuffer ? decoder.decode(v) : v;
  const done = (r) => new Promise((resolve, reject) => { r.onsuccess = () => resolve(r.result); r.onerror = () => reject(r.error); });
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      const objects = db.transaction(store).objectStore(store);
      text.push(name + "/" + store, JSON.stringify(await done(objects.getAllKeys()), plain), JSON.stringify(await done(objects.getAll()), plain));
    }
    db.close();
  }
  return text.join("\n") + JSON.stringify(await chrome.storage.local.get(null));
})()`

// restartable are browsers that keep their profile from one start to the next.
func restartable(t *testing.T, test func(t *testing.T, start func(extension string) harness.Browser)) {
	t.Helper()
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		profile := t.TempDir()
		test(t, func(extension string) harness.Browser {
			return harness.StartChromium(t, harness.Options{Profile: profile, Extension: extension})
		})
	})
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		profile, home := t.TempDir(), t.TempDir()
		test(t, func(extension string) harness.Browser {
			return harness.StartFirefox(t, harness.Options{Profile: profile, Extension: extension}, home)
		})
	})
}

func TestDeleteAllLeavesNothing(t *testing.T) {
	t.Parallel()
	restartable(t, func(t *testing.T, start func(string) harness.Browser) {
		b := start("")
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "Keep this to yourself: hello kai")
		p.Shows("tokens/s")
		ask(t, p, "tell me a story")
		p.Shows("Sentence 60 of the story.")
		addKeyed(t, p, l)
		p.Until("the look of the next start", `localStorage.getItem("kai-snapshot")?.includes("Keep this to yourself")`)
		var before string
		p.Eval(everything, &before)
		for _, trace := range traces(l) {
			require.Contains(t, before, trace, "the test looks in the wrong place")
		}
		require.NotContains(t, before, key, "it is sealed")

		p.Click("button", "Delete all")
		p.Fill("textbox", "Type “delete” to confirm", "delete")
		p.Press("Enter")
		p.Shows("Everything was deleted.")
		nothingIsLeft(t, p, l)
		b.Close()

		again := open(t, start(""), "tab")
		again.Shows("Welcome to kAI")
		nothingIsLeft(t, again, l)
	})
}

// traces are pieces of what a person wrote, heard and entered, and the beginning of a key that is sealed.
func traces(l *model.Line) []string {
	return []string{"Keep this to yourself", "Sentence 41 of the story", l.URL, "sealed:"}
}

func nothingIsLeft(t *testing.T, p *harness.Page, l *model.Line) {
	t.Helper()
	var after string
	require.Eventually(t, func() bool { // what views paint first is written a moment after a change
		p.Eval(everything, &after)
		for _, trace := range traces(l) {
			if strings.Contains(after, trace) {
				return false
			}
		}
		return true
	}, harness.Patience, 100*time.Millisecond, "something is left")
}

func TestADeletedConversationIsErasedWhenItCanNoLongerBeBroughtBack(t *testing.T) {
	t.Parallel()
	restartable(t, func(t *testing.T, start func(string) harness.Browser) {
		b := start("")
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "Forget this: hello kai")
		p.Shows("tokens/s")
		p.Click("button", "Delete “Forget this: hello kai”")
		p.Gone("button", "Forget this: hello kai")
		var held string
		p.Eval(everything, &held)
		require.Contains(t, held, "Forget this", "it can still be brought back")
		b.Close()

		later := start(atAnotherTime(t, b.Name(), "5 * 60 * 1000"))
		p = open(t, later, "tab")
		p.Shows("Nothing here yet.")
		require.Eventually(t, func() bool {
			p.Eval(everything, &held)
			return !strings.Contains(held, "Forget this")
		}, harness.Patience, 100*time.Millisecond, "it is still in the browser")
	})
}
