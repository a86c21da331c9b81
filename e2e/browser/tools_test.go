package browser_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

const (
	findTheOtters = "find the otters"
	afterTheTool  = "Done, the lamp in the kitchen is now on." // what the scripted model says to any result
)

// turnOn lets models call a tool.
func turnOn(t *testing.T, p *harness.Page, name, choice string) {
	t.Helper()
	p.Click("button", "Settings")
	p.Locate("combobox", "May models call “"+name+"”?")
	p.Eval(`(() => {
	  const list = [...document.querySelectorAll("select")].find((s) => s.ariaLabel === `+quoted("May models call “"+name+"”?")+`);
	  list.value = [...list.options].find((o) => o.textContent === `+quoted(choice)+`).value;
	  list.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, nil)
	p.Click("button", "Back")
}

func TestAToolIsCalledWithConsentInSight(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, findTheOtters)
		p.Shows("tokens/s")
		assert.NotContains(t, chatBody(t, l), `"tools"`, "no tool is on")
		p.Click("button", "New chat")
		turnOn(t, p, "Search conversations", "Ask each time")
		second := harness.View(t, b, "sidepanel")
		second.Locate("textbox", "Message")

		ask(t, p, findTheOtters)
		p.Shows("The model wants to call “Search conversations”")
		p.Shows("words: otters")
		assert.Contains(t, chatBody(t, l), `"search_conversations"`)
		assert.NotContains(t, chatBody(t, l), `"role":"tool"`)
		openConversation(t, second, findTheOtters)
		second.Click("button", "Allow once")
		p.Gone("button", "Allow once")
		for _, v := range []*harness.Page{p, second} {
			v.Shows(afterTheTool)
			v.Shows("tokens/s")
		}
		assert.Contains(t, chatBody(t, l), `\"find the otters\"`, "what was found went to the model")
	})
}

// A browser without kai has tools of its own, and what a search of the documents finds is cited by numbers that open it.
func TestTheBrowserAloneHasTools(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		p.Click("button", "Knowledge")
		pick(p, "shed.txt", "The drill is in the blue cupboard.")
		p.Shows("1 passage, found by words")
		p.Click("button", "Back")
		turnOn(t, p, "Search documents", "Always allow")
		turnOn(t, p, "Calculator", "Always allow")

		ask(t, p, "six times seven")
		p.Shows(afterTheTool)
		p.Shows("tokens/s")
		assert.Contains(t, chatBody(t, l), `"content":"42"`)

		p.Click("button", "New chat")
		ask(t, p, "search my papers")
		p.Shows(afterTheTool)
		p.Shows("tokens/s")
		assert.Contains(t, chatBody(t, l), `[1] shed.txt\n`)
		p.Click("button", "[1] shed.txt")
		p.Until("the passage", `document.querySelector(".reader mark")?.textContent.includes("blue cupboard")`)
	})
}

func TestAModelReadsThePageInFront(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		panel := view(t, b, "sidepanel", l)
		turnOn(t, panel, "Read the page", "Always allow")
		web := b.Open(t, site(t, "127.0.0.1")) // whose pages kAI may read from the start
		web.Until("the page", `document.readyState === "complete"`)
		panel.Front()
		l.Hold(0)
		ask(t, panel, "read this page")
		waitRequest(t, l, "/api/chat")
		web.Front()
		l.Open()
		panel.Shows(afterTheTool)
		panel.Shows("tokens/s")
		body := chatBody(t, l)
		assert.Contains(t, body, "waits at the water's edge")
		for _, hidden := range []string{"inside a script", "Hidden words", "Veiled words"} {
			assert.NotContains(t, body, hidden)
		}

		protected := "about:license"
		if _, ok := b.(*harness.Chromium); ok {
			protected = "chrome://version"
		}
		web.Go(protected)
		panel.Front()
		panel.Click("button", "New chat")
		ask(t, panel, "read this page")
		panel.Shows(afterTheTool)
		panel.Shows("tokens/s")
		assert.Contains(t, chatBody(t, l), "the browser lets no extension read the page in front")
	})
}

// guest builds a guest tool and gives its files.
func guest(t *testing.T, source string) (manifest, module []byte) {
	t.Helper()
	source = filepath.Join(harness.Root(t), "companion", "sandbox", source)
	manifest, err := os.ReadFile(filepath.Join(source, "tool.json")) //nolint:gosec // of this tree
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "tool.wasm")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", out, ".") //nolint:gosec // of this tree
	build.Dir, build.Env = source, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	module, err = os.ReadFile(out) //nolint:gosec // built above
	require.NoError(t, err)
	return manifest, module
}

// install hands the files of a guest to the settings, as their picker does.
func install(t *testing.T, p *harness.Page, manifest, module []byte) {
	t.Helper()
	p.Locate("button", "Install a tool")
	p.Pick(".guests input[type=file]", harness.File{Name: "tool.json", Text: manifest}, harness.File{Name: "tool.wasm", Text: module})
}

// TestGuestsSayTheSameInTheBrowser runs the suite that kai's sandbox is held to.
func TestGuestsSayTheSameInTheBrowser(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(harness.Root(t), "companion", "sandbox", "testdata", "suite.json"))
	require.NoError(t, err)
	var suite []struct{ About, Guest, Arguments, Says, Fault string }
	require.NoError(t, json.Unmarshal(text, &suite))
	files := map[string][2][]byte{}
	for name, source := range map[string]string{"convert": "examples/convert", "dice": "examples/dice", "hostile": "testdata/hostile"} {
		manifest, module := guest(t, source)
		files[name] = [2][]byte{manifest, module}
	}
	everywhereAlone(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		p.Click("button", "Settings")
		fields := map[string]string{}
		for name, f := range files {
			install(t, p, f[0], f[1])
			var m struct{ Name, Title string }
			require.NoError(t, json.Unmarshal(f[0], &m))
			p.Locate("button", "Remove the tool “"+cmp.Or(m.Title, m.Name)+"”")
			fields[name] = "Arguments, as JSON: " + m.Name
		}
		for _, c := range suite {
			var said struct {
				Text string
				Bad  bool
			}
			p.Eval(fmt.Sprintf(`(async () => {
				const field = [...document.querySelectorAll(".guests input[type=text]")].find((i) => i.ariaLabel === %q);
				const box = field.closest("details");
				box.open = true;
				field.value = %q;
				field.dispatchEvent(new Event("input", { bubbles: true }));
				field.form.requestSubmit();
				for (;;) {
					await new Promise((done) => setTimeout(done, 50));
					const said = box.querySelector("blockquote");
					if (said) return { Text: said.textContent, Bad: said.classList.contains("bad") };
				}
			})()`, fields[c.Guest], c.Arguments), &said)
			assert.Equal(t, c.Fault != "", said.Bad, "%s: %s", c.About, said.Text)
			assert.Contains(t, said.Text, c.Says+c.Fault, c.About)
		}
	})
}

func TestAPersonInstallsAToolInTheBrowser(t *testing.T) {
	manifest, module := guest(t, "examples/convert")
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		p.Click("button", "Settings")
		install(t, p, []byte(`{"name": "x"}`), module)
		p.Shows("description in the manifest is not as it must be")
		install(t, p, manifest, []byte("hello"))
		p.Shows("the module cannot be used")
		install(t, p, manifest, module)
		p.Shows("at most 32 MB of memory and 5 seconds a call; given nothing else.")
		p.Click("button", "Back")
		turnOn(t, p, "Convert units", "Ask each time")
		ask(t, p, "convert the miles")
		p.Shows("The model wants to call “convert_units”")
		p.Click("button", "Allow once")
		p.Shows(afterTheTool)
		p.Shows("tokens/s")
		assert.Contains(t, chatBody(t, l), "3.10686 mi")

		p.Click("button", "Settings")
		p.Click("button", "Remove the tool “Convert units”")
		p.Gone("combobox", "May models call “Convert units”?")
	})
}

func TestScreensOfTools(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	turnOn(t, p, "Search conversations", "Ask each time")
	ask(t, p, findTheOtters)
	p.Shows("words: otters")
	p.Shoot("tool-asks")
	p.Click("button", "Don't allow")
	p.Shows(afterTheTool)
	p.Shows("not allowed")
	p.Shoot("tool-refused")
	p.Click("button", "Settings")
	p.Locate("combobox", "May models call “Search conversations”?")
	p.Eval(`document.querySelector("select[aria-label*='Search']").scrollIntoView({ block: "center" })`, nil)
	p.Shoot("tool-settings")
	manifest, module := guest(t, "examples/convert")
	install(t, p, manifest, module)
	p.Shows("Try it")
	p.Eval(`(() => { const box = document.querySelector(".guests details"); box.open = true; box.scrollIntoView({ block: "center" }); })()`, nil)
	p.Fill("textbox", "Arguments, as JSON: convert_units", `{"value": 5, "from": "km", "to": "mi"}`)
	p.Press("Enter")
	p.Shows("3.10686 mi")
	p.Eval(`document.querySelector(".guests").scrollIntoView({ block: "start" })`, nil)
	p.Shoot("tool-guests")
	p.Audit("tools of one's own")
}
