package browser_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
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
	p.Pick(".adding input[type=file]", harness.File{Name: name, Text: []byte(text)})
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
// half a minute for sixteen passages, so it gets the beginning of each, also once the gate is open.
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
	return func() { close(opened) }
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
	t.Parallel()
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
	t.Parallel()
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

// tree writes files below a folder.
func tree(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
}

// pickFolder hands the files of a folder to the page as the picker does.
func pickFolder(t *testing.T, p *harness.Page, dir string) {
	t.Helper()
	p.Locate("button", "Add a folder")
	var files []harness.File
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		inside, err := filepath.Rel(filepath.Dir(dir), path)
		require.NoError(t, err)
		text, err := os.ReadFile(path)
		files = append(files, harness.File{Name: filepath.ToSlash(inside), Text: text})
		return err
	}))
	p.Pick(".adding input[webkitdirectory]", files...)
}

// A folder comes in as it is on the disk; again, only what has changed is read, and what is gone is taken away when the person says so.
func TestAFolderIsAddedAndAddedAgain(t *testing.T) {
	server := model.Start(t)
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", model.NewLine(t, server))
		dir := filepath.Join(t.TempDir(), "notes")
		tree(t, dir, map[string]string{
			"eggs.md": "Cook an egg for seven minutes.", "sub/shed.txt": "The drill is in the blue cupboard.", "same.md": "Rain falls.",
			".git/HEAD": "ref", "web/node_modules/x/index.js": "x()", "photo.raw": "a\x00b", "broken.pdf": "%PDF-1.4 and nothing else",
		})
		p.Click("button", "Knowledge")
		pickFolder(t, p, dir)
		p.Shows("“notes”: 3 documents added, 0 unchanged.")
		p.Shows("1 file could not be read; the list says why.")
		p.ClickText("3 left out")
		p.Shows("notes/.git/: hidden, or filled by programs: not looked into")
		p.Shows("notes/web/node_modules/: hidden, or filled by programs: not looked into")
		p.Shows("notes/photo.raw: it is not a text")
		look(p, "drill", "sub/shed.txt")
		if b.Name() == "chromium" {
			p.Shoot("knowledge-folder")
		}

		require.NoError(t, os.Remove(filepath.Join(dir, "sub", "shed.txt")))
		tree(t, dir, map[string]string{"eggs.md": "Cook an egg for nine minutes.", "new.txt": "A lamp."})
		pickFolder(t, p, dir)
		p.Shows("“notes”: 2 documents added, 1 unchanged.")
		p.Shows("One document is not in “notes” any more: sub/shed.txt")
		if b.Name() == "chromium" {
			p.Shoot("knowledge-folder-again")
		}
		look(p, "nine minutes", "eggs.md")
		look(p, "drill", "sub/shed.txt")
		p.Click("button", "Remove from the documents")
		p.Until("it to be gone", `!document.querySelector(".documents")?.innerText.includes("shed.txt")`)
		p.Click("button", "Undo")
		p.Until("it to be back", `document.querySelector(".documents")?.innerText.includes("shed.txt")`)
		p.Audit("a folder that was added")
	})
}
