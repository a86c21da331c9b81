package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// addNamed adds a service of a kind in the open settings; what is tested there is not kept before Save.
func addNamed(p *harness.Page, kind, name, url string) {
	p.Click("button", "Add a service")
	choose(p, "Kind", kind)
	p.Fill("textbox", "Name", name)
	p.Fill("textbox", "Address", url)
	p.Click("button", "Test")
	p.Shows(name + " answers.")
	p.Click("button", "Save")
	p.Gone("button", "Save")
	p.Locate("button", "Test "+name)
}

// asked counts the requests for a path that a line has seen.
func asked(l *model.Line, path string) int {
	n := 0
	for _, r := range l.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

func TestSeveralServicesOfAKindAndAModelOfEach(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		first, second := line(t), line(t)
		p := view(t, b, "tab", first)
		p.Click("button", "Settings")
		addNamed(p, "Ollama", "Attic", second.URL)
		addNamed(p, "OpenAI-compatible", "Cellar", second.URL+"/v1")

		t.Run("each has its own models in the picker", func(t *testing.T) {
			p.Click("button", "Back")
			p.Click("button", "Model: "+model.Scripted+":latest")
			p.Locate("listbox", "Models")
			p.Shows("Attic")
			p.Shows("Cellar")
			p.Press("ArrowDown")
			p.Press("Enter")
			ask(t, p, "hello kai")
			p.Shows(model.Answer("hello kai"))
			require.Zero(t, asked(first, "/api/chat"))
			require.Equal(t, 1, asked(second, "/api/chat"))
		})
		t.Run("the other kind answers too", func(t *testing.T) {
			p.Click("button", "New chat")
			p.Click("button", "Model: "+model.Scripted+":latest")
			p.Locate("listbox", "Models")
			p.Press("ArrowDown")
			p.Press("Enter")
			ask(t, p, "say it in unicode")
			p.Shows(model.Answer("say it in unicode"))
			require.Equal(t, 1, asked(second, "/v1/chat/completions"))
		})
		t.Run("the default model", func(t *testing.T) {
			p.Click("button", "Settings")
			chooseIn(p, "Default model", "Ollama", model.Scripted+":latest")
			p.Click("button", "Back")
			p.Click("button", "New chat")
			ask(t, p, "hello kai")
			p.Shows(model.Answer("hello kai"))
			require.Equal(t, 1, asked(first, "/api/chat"))
		})
		t.Run("edited and removed", func(t *testing.T) {
			p.Click("button", "Settings")
			p.Click("button", "Edit Attic")
			p.Fill("textbox", "Address", "not an address")
			p.Click("button", "Save")
			p.Shows("Write an address that begins with http:// or https://.")
			p.Fill("textbox", "Address", first.URL)
			p.Fill("textbox", "Name", "Loft")
			p.Click("button", "Save")
			p.Locate("button", "Test Loft")
			p.Shows(strings.TrimPrefix(first.URL, "http://") + " · 1 model")
			p.Click("button", "Remove Cellar")
			p.Shows("Its address and key are forgotten. Conversations stay.")
			p.Click("button", "Remove")
			p.Gone("button", "Test Cellar")
			p.Until("the focus to be near what is gone", "document.activeElement.textContent === 'Add a service'")
			again := open(t, b, "popup")
			again.Click("button", "Settings")
			again.Locate("button", "Test Loft")
			require.False(t, again.Has("button", "Test Cellar"))
		})
	})
}

// chooseIn takes an option of a group of a select.
func chooseIn(p *harness.Page, label, group, option string) {
	p.Locate("combobox", label)
	p.Eval(`(() => {
	  const label = [...document.querySelectorAll("label")].find((l) => l.textContent === `+quoted(label)+`);
	  const list = document.getElementById(label.htmlFor);
	  const group = [...list.querySelectorAll("optgroup")].find((g) => g.label === `+quoted(group)+`);
	  list.value = [...group.children].find((o) => o.textContent === `+quoted(option)+`).value;
	  list.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, nil)
}

func TestSettingsTellAndKeepWhatAPersonChose(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "hello kai")
		p.Shows("tokens/s")
		p.Click("button", "Settings")
		p.Shows("Storage used")
		p.Shows("this browser (IndexedDB)")
		p.Shows("Kept on this device.")
		p.Until("the counts", `[...document.querySelectorAll("dt")].some((d) => d.textContent === "Messages" && d.nextSibling.textContent === "2")`)
		for _, theme := range []string{"Dark", "Light"} {
			p.Click("radio", theme)
			p.Until("the "+theme+" theme", `document.documentElement.dataset.theme === `+quoted(strings.ToLower(theme)))
		}
		p.Click("radio", "System")
		p.Until("the system's theme", `!("theme" in document.documentElement.dataset)`)
		p.Click("radio", "Dark")
		p.Fill("textbox", "Instructions for every chat", "Answer as a heron.")
		p.Click("heading", "Appearance") // leaving the box keeps it
		p.Click("button", "Back")
		ask(t, p, "hello kai")
		p.Until("a second answer", `document.querySelectorAll("[role=log] .answer[aria-busy=false]").length === 2`)
		require.Contains(t, chatBody(t, l), "Answer as a heron.")

		later := open(t, b, "sidepanel")
		later.Until("the kept theme", `document.documentElement.dataset.theme === "dark"`)
		later.Click("button", "Settings")
		later.Until("the kept instructions", `[...document.querySelectorAll("textarea")].some((b) => b.value === "Answer as a heron.")`)
	})
}

// n8n is a stand-in here: it answers as its published API does, and only to its key.
func TestAServiceThatGivesNoAnswersSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	flows := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("X-N8n-Api-Key") != "k1" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"message":"'X-N8N-API-KEY' header required"}`))
			return
		}
		_, _ = w.Write([]byte(`{"data":[],"nextCursor":null}`))
	}))
	t.Cleanup(flows.Close)
	p := view(t, b, "tab", line(t))
	p.Click("button", "Settings")
	p.Click("button", "Add a service")
	choose(p, "Kind", "n8n")
	p.Shows("Runs workflows of its own.")
	p.Fill("textbox", "Name", "Flows")
	p.Fill("textbox", "Address", flows.URL)
	p.Click("button", "Test")
	p.Shows("Flows answers, but wants an API key.")
	p.Fill("textbox", "API key", "k1")
	p.Click("button", "Test")
	p.Shows("Flows answers.")
	p.Shoot("service-n8n")
	p.Click("button", "Save")
	p.Gone("button", "Save")
	p.Locate("link", "Open the page of Flows")
	p.Until("its card to be without models", `!/model/.test([...document.querySelectorAll("article")].find((a) => a.ariaLabel === "Flows").textContent)`)
	p.Shoot("service-cards")
	p.Click("button", "Back")
	p.Click("button", "Model: "+model.Scripted+":latest")
	p.Locate("listbox", "Models")
	require.False(t, p.Has("listitem", "Flows"))
	p.Until("the picker to be without it", `!document.querySelector(".popover").textContent.includes("Flows")`)
}

// The browser's own question is a stand-in's: no test can press its buttons.
func TestLeaveIsAskedForAServiceElsewhereAndItIsKeptWithout(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		elsewhere := site(t, "127.0.0.2")
		p := view(t, b, "tab", line(t))
		p.Click("button", "Settings")
		p.Eval(`(chrome.permissions.request = async (what) => { (globalThis.asked ??= []).push(what.origins); return false; }, true)`, nil)
		p.Click("button", "Add a service")
		p.Fill("textbox", "Name", "Attic")
		p.Fill("textbox", "Address", elsewhere)
		p.Shows("Your browser will ask you to let kAI reach 127.0.0.2")
		p.Screenshot("service-elsewhere-" + b.Name())
		p.Click("button", "Save")
		p.Gone("button", "Save")
		p.Locate("button", "Test Attic")
		var asked []string
		p.Eval(`globalThis.asked.flat()`, &asked)
		require.Equal(t, []string{"http://127.0.0.2/*"}, asked)
	})
}
