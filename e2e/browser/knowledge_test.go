package browser_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// pick hands text files to the page as its picker does.
func pick(p *harness.Page, name, text string) {
	p.Locate("button", "Add files")
	p.Eval(fmt.Sprintf(`(() => {
		const all = new DataTransfer();
		all.items.add(new File([%q], %q, { lastModified: 1 }));
		const input = document.querySelector(".adding input[type=file]");
		input.files = all.files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, text, name), nil)
}

// look looks for a passage and waits for the one that is to be first.
func look(p *harness.Page, words, found string) {
	p.Fill("textbox", "Look for a passage", words)
	p.Press("Enter")
	p.Until(words, fmt.Sprintf(`document.querySelector(".passages li")?.innerText.includes(%q)`, found))
}

// manual is a text of 80 passages.
func manual() string {
	var b strings.Builder
	for i := range 80 {
		fmt.Fprintf(&b, "# Part %d\n\n%s\n\n", i, strings.Repeat(fmt.Sprintf("Screw number %d is turned to the left. ", i), 22))
	}
	return b.String()
}

// gate lets some requests for vectors through to the real server and holds the others until it is opened. The model here takes
// half a minute for sixteen passages, so it gets the beginning of each.
func gate(t *testing.T, l *model.Line, server string, n int) (open func()) {
	t.Helper()
	to, err := url.Parse(server)
	require.NoError(t, err)
	opened, let := make(chan struct{}), make(chan struct{}, n)
	for range n {
		let <- struct{}{}
	}
	l.Replace(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") == "" { // the first of a browser has one: Ollama refuses it, and the browser leaves it off then
			select {
			case <-let:
			case <-opened:
			case <-r.Context().Done():
				return
			}
		}
		begin(t, r)
		httputil.NewSingleHostReverseProxy(to).ServeHTTP(w, r)
	}, "/api/embed")
	return func() { close(opened); l.Open() }
}

// begin cuts the texts of a request for vectors.
func begin(t *testing.T, r *http.Request) {
	t.Helper()
	var in map[string]any
	if !assert.NoError(t, json.NewDecoder(r.Body).Decode(&in)) {
		return
	}
	if texts, ok := in["input"].([]any); ok {
		for i := range texts {
			texts[i] = fmt.Sprintf("%.40s", texts[i])
		}
	}
	body, err := json.Marshal(in)
	assert.NoError(t, err)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// A browser without kai keeps documents itself: found by words at once and by meaning when there is a model for it. Reading
// them is stopped and gone on with by the person, and goes on by itself when the program was killed.
func TestTheBrowserAloneAnswersFromDocuments(t *testing.T) {
	server := model.Start(t)
	embeds := false
	for name, start := range browsers() {
		t.Run(name, func(t *testing.T) {
			l := model.NewLine(t, server)
			p := view(t, start(t), "tab", l)
			p.Click("button", "Knowledge")
			p.Shows("No documents yet.")
			pick(p, "eggs.md", "# Kitchen\n\nCook an egg in boiling water for seven minutes.")
			if !embeds { // for the other browser the server has a model from the start
				embeds = true
				p.Shows("1 passage, found by words")
				p.Shows("Only words are looked for: no connected model server has an embedding model; get one, for example all-minilm with Ollama.")
				look(p, "egg", "eggs.md, Kitchen")
				if name == "chromium" {
					p.Shoot("knowledge-alone-words")
				}
				require.NoError(t, server.AddEmbedding(t.Context(), nil))
				p.Click("button", "Back")
				p.Click("button", "Knowledge")
				p.Click("button", "Index “eggs.md”")
			}
			p.Shows("found by words and by meaning (all-minilm")
			pick(p, "shed.txt", "The drill is in the blue cupboard.")
			p.Until("both to be read", `(document.body.innerText.match(/by meaning \(all-minilm/g) ?? []).length === 2`)
			look(p, "How long does breakfast take?", "eggs.md, Kitchen") // no word in common
			if name == "chromium" {
				p.Shoot("knowledge-alone")
			}

			p.Click("button", "Back")
			p.Click("button", "Answer from documents")
			p.Click("checkbox", "My documents")
			p.Press("Escape")
			ask(t, p, "Where is the tool for making holes, according to my documents")
			p.Shows(model.Answer("according to my documents"))
			if name == "chromium" {
				p.Shoot("citation")
			}
			p.Click("button", "Open source 1") // the number in the answer
			p.Until("the passage that was cited", `document.querySelector(".reader mark")?.textContent.includes("blue cupboard")`)
			p.Click("button", "Close")
			p.Click("button", "[1] shed.txt")
			p.Until("the passage that was cited", `document.querySelector(".reader mark")?.textContent.includes("blue cupboard")`)
			p.Click("button", "Close")
		})
	}
}

func TestReadingADocumentIsStoppedAndOutlivesTheProgram(t *testing.T) {
	server := model.Start(t)
	require.NoError(t, server.AddEmbedding(t.Context(), nil))
	for name, start := range browsers() {
		t.Run(name, func(t *testing.T) {
			l := model.NewLine(t, server)
			b := start(t)
			p := view(t, b, "tab", l)
			p.Click("button", "Knowledge")
			open := gate(t, l, server.URL, 2)
			pick(p, "manual.md", manual())
			p.Shows("32 of 80 passages")
			p.Click("button", "Stop “manual.md”")
			p.Shows("Stopped at 32 of 80 passages.")
			open()
			p.Fill("textbox", "Look for a passage", "77")
			p.Press("Enter")
			p.Until("a passage without a vector", `document.querySelector(".passages")?.innerText.includes("manual.md, Part 77")`)
			p.Click("button", "Back")
			p.Click("button", "Knowledge")
			p.Shows("Stopped at 48 of 80 passages.") // what the model was asked for already is kept
			open = gate(t, l, server.URL, 1)
			p.Click("button", "Index “manual.md”")
			p.Shows("64 of 80 passages")
			killRuntime(t, b)
			open()
			p.Front()
			p.Shows("80 passages, found by words and by meaning (all-minilm")
		})
	}
}
