package native_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/pdf/pdftest"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// pick hands files to the page as its picker does.
func pick(p *harness.Page, files ...harness.File) {
	p.Locate("button", "Add files")
	p.Pick(".adding input[type=file]", files...)
}

// docx is a Word file with a body.
func docx(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("word/document.xml")
	require.NoError(t, err)
	_, err = w.Write([]byte(`<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body + `</w:body></w:document>`))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// A person adds files of every kind, with a real embedding model: passages are found by what they mean, an answer cites one,
// and it opens at its place. What cannot be read is named; what was removed comes back.
func TestAnswersAreMadeFromDocuments(t *testing.T) {
	t.Parallel()
	server := model.Start(t)
	require.NoError(t, server.AddEmbedding(t.Context(), nil))
	b := harness.StartChromium(t, harness.Options{Bare: true})
	_, link := standalone(t)
	p := b.Open(t, link)
	p.Resize(1280, 800)
	p.Shows("Not running")
	p.Click("button", "Add another service")
	p.Fill("textbox", "Address", server.URL)
	p.Click("button", "Save")
	p.Locate("textbox", "Message")
	p.Click("button", "Knowledge")
	p.Shows("No documents yet.")

	word := `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Garden</w:t></w:r></w:p><w:p><w:r><w:t>Tomatoes want six hours of sunlight.</w:t></w:r></w:p>`
	pick(p,
		harness.File{Name: "eggs.md", Text: []byte("# Kitchen\n\nCook an egg in boiling water for seven minutes.")},
		harness.File{Name: "shed.txt", Text: []byte("The drill is in the blue cupboard.")},
		harness.File{Name: "bills.csv", Text: []byte("month,amount\nMay,\"1,200\"\nJune,900\n")},
		harness.File{Name: "page.html", Text: []byte("<title>x</title><script>evil()</script><h1>Travel</h1><p>The train to Bern leaves at nine.</p>")},
		harness.File{Name: "book.pdf", Text: pdftest.File("The first page is about whales.", "The second page is about glaciers melting.")},
		harness.File{Name: "plants.docx", Text: docx(t, word)},
		harness.File{Name: "broken.pdf", Text: []byte("%PDF-1.4 and nothing else")},
		harness.File{Name: "bomb.docx", Text: docx(t, strings.Repeat(" ", 40<<20))},
		harness.File{Name: "noise.txt", Text: []byte{0, 1, 2, 3}},
	)
	p.Shows("3 files could not be read; the list says why.")
	p.Shows("It unpacks to more than a document can hold.")
	p.Shows("It is not a text.")
	p.Shows("The file is damaged, or not what its name says.")
	p.Until("six documents to be indexed", `(document.body.innerText.match(/found by words and by meaning \(all-minilm/g) ?? []).length === 6`)
	p.Shoot("knowledge")

	look := func(words, found string) {
		p.Fill("textbox", "Look for a passage", words)
		p.Press("Enter")
		p.Until(words, fmt.Sprintf(`document.querySelector(".passages li")?.innerText.includes(%q)`, found))
	}
	look("How long does breakfast take?", "eggs.md, Kitchen") // no word in common
	look("arctic ice", "book.pdf, page 2")
	look("May amount", "bills.csv")
	look("railway departure", "page.html, Travel")
	look("vegetables need light", "plants.docx, Garden")

	p.Click("button", "Back")
	p.Click("button", "Answer from documents")
	p.Click("checkbox", "My documents")
	p.Press("Escape")
	p.Fill("textbox", "Message", "Where is the tool for making holes, according to my documents")
	p.Press("Enter")
	p.Shows(model.Answer("according to my documents"))
	p.Shows("Sources")
	p.Shoot("knowledge-answer")
	p.Click("button", "[1] shed.txt")
	p.Until("the passage that was cited", `document.querySelector(".reader mark")?.textContent.includes("blue cupboard")`)
	p.Screenshot("knowledge-reader")
	p.Audit("a document that is open")
	p.Click("button", "Close")

	p.Click("button", "Knowledge")
	p.Click("button", "Remove “book.pdf”")
	p.Until("it to be gone", `!document.querySelector(".documents")?.innerText.includes("book.pdf")`)
	p.Click("button", "Undo")
	p.Until("it to be back", `document.querySelector(".documents")?.innerText.includes("book.pdf")`)
	server.Close()
	look("glaciers", "book.pdf, page 2") // its words are found also without the model
}

// What a browser kept before it knew kai is still there beside what kai keeps: listed, found and cited.
func TestDocumentsOfABrowserStayWhenKaiConnects(t *testing.T) {
	t.Parallel()
	server := model.Shared()
	for name, start := range map[string]func(t *testing.T, c *companion) (harness.Browser, []string){
		"chromium": func(t *testing.T, _ *companion) (harness.Browser, []string) {
			b := harness.StartChromium(t, harness.Options{})
			return b, []string{"--profile", b.Profile}
		},
		"firefox": func(t *testing.T, c *companion) (harness.Browser, []string) {
			return harness.StartFirefox(t, harness.Options{}, c.home), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCompanion(t)
			b, profile := start(t, c)
			p := harness.View(t, b, "tab")
			p.Resize(1280, 800)
			withoutKai(t, p, server.URL)
			p.Click("button", "Knowledge")
			pick(p, harness.File{Name: "near.txt", Text: []byte("Otters sleep on their backs.")})
			p.Shows("1 passage, found by words")
			p.Hides("Kept in this browser")

			c.kai(append([]string{"native", "install", "--browser", name}, profile...)...)
			p.Click("button", "Settings")
			p.Click("button", "Look again")
			p.Shows("Connected, version")
			p.Click("button", "Knowledge")
			p.Shows("near.txt")
			p.Fill("combobox", "Collection", "Of kai")
			pick(p, harness.File{Name: "far.txt", Text: []byte("Herons sleep on one leg.")})
			p.Shows("far.txt")
			p.Shows("Kept in this browser")
			var marked []string
			p.Eval(`[...document.querySelectorAll(".document")].filter((d) => d.innerText.includes("Kept in this browser")).map((d) => d.querySelector("button").textContent)`, &marked)
			require.Equal(t, []string{"near.txt"}, marked, "the other is kai's")
			p.Fill("textbox", "Look for a passage", "sleep")
			p.Press("Enter")
			p.Until("passages of both", `["near.txt", "far.txt"].every((name) => document.querySelector(".passages")?.innerText.includes(name))`)
			if name == "chromium" {
				p.Shoot("knowledge-both")
				p.Audit("documents of both places")
			}

			p.Click("button", "Back")
			p.Click("button", "Answer from documents")
			p.Click("checkbox", "My documents")
			p.Press("Escape")
			ask(p, "Where do otters sleep, according to my documents")
			p.Shows(model.Answer("according to my documents"))
			p.Click("button", "[1] near.txt")
			p.Until("the passage that was cited", `document.querySelector(".reader mark")?.textContent.includes("on their backs")`)
		})
	}
}

// A folder of the computer that a command has watched is there in browsers: what it gives, what changes, and what is wrong with it.
func TestAWatchedFolderIsSeenInBrowsers(t *testing.T) {
	server := model.Shared()
	inBoth(t, func(t *testing.T, c *companion, b harness.Browser) {
		p := harness.View(t, b, "tab")
		p.Resize(1280, 800)
		connect(t, p, server.URL)
		dir := filepath.Join(t.TempDir(), "notes")
		require.NoError(t, os.Mkdir(dir, 0o700))
		write := func(name, text string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
		write("otters.md", "Otters sleep on their backs.")
		write("photo.raw", "a\x00b")
		c.kai("knowledge", "add", dir, "--watch", "--collection", "Notes")
		p.Click("button", "Knowledge")
		p.Shows("Watched folders")
		p.Shows(dir)
		p.Shows("1 document in “Notes”")
		write("herons.md", "Herons sleep on one leg.")
		p.Shows("2 documents in “Notes”")
		p.Shows("herons.md")
		p.ClickText("1 left out")
		p.Shows("photo.raw: it is not a text")
		p.Fill("textbox", "Look for a passage", "one leg")
		p.Press("Enter")
		p.Until("its passage", `document.querySelector(".passages")?.innerText.includes("herons.md")`)
		p.Click("button", "Remove “otters.md”")
		p.Shows("otters.md: you removed it from the documents")
		if b.Name() == "chromium" {
			p.Shoot("knowledge-watched")
			p.Audit("watched folders")
		}
		require.NoError(t, os.Rename(dir, dir+"-away"))
		p.Shows("notes is not there. Look whether it was moved, or its disk is not connected; what was read of it stays.")
		p.Shows("herons.md")
	})
}

// withoutKai ends the first run of a browser that has no kai by adding a service.
func withoutKai(t *testing.T, p *harness.Page, url string) {
	t.Helper()
	require.Eventually(t, func() bool { // the button moves while services are being found
		return p.Has("textbox", "Address") || p.TryClick("button", "Add another service") && p.Has("textbox", "Address")
	}, harness.Patience, harness.Patience/600, "the form of a service")
	p.Fill("textbox", "Address", url)
	p.Click("button", "Save")
	p.Locate("textbox", "Message")
}
