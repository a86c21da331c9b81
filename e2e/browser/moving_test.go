package browser_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// pickExport hands a file to the page as its picker does.
func pickExport(p *harness.Page, name string, text []byte) {
	p.Locate("button", "Choose files to import")
	p.Pick(".moving-choose input[type=file]", harness.File{Name: name, Text: text})
}

// zipped packs files, each a name and a text.
func zipped(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		require.NoError(t, err)
		_, err = w.Write([]byte(files[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

// chatGPT is a list of so many conversations of two messages, as ChatGPT exports them.
func chatGPT(n int) string {
	var list []string
	for i := 1; i <= n; i++ {
		list = append(list, fmt.Sprintf(`{"title":"Old talk %[1]d","create_time":%[2]d,"update_time":%[2]d,"id":"c%[1]d","current_node":"a","mapping":{
			"r":{"id":"r","message":null,"parent":null,"children":["q"]},
			"q":{"id":"q","parent":"r","children":["a"],"message":{"author":{"role":"user"},"create_time":%[2]d,"content":{"content_type":"text","parts":["Where do storks winter? %[1]d"]}}},
			"a":{"id":"a","parent":"q","children":[],"message":{"author":{"role":"assistant"},"create_time":%[2]d,"content":{"content_type":"text","parts":["In **Africa**."]},"metadata":{"model_slug":"gpt-4"}}}}}`,
			i, 1700000000+i*1000))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// A file is shown before anything of it is kept, comes once, is a conversation like any other, and goes again.
func TestMovingInFromChatGPT(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		export := zipped(t, "chat.html", "<p>", "conversations.json", chatGPT(3))
		p.Click("button", "Settings")
		pickExport(p, "export.zip", export)
		p.Shows("ChatGPT: 3 conversations, 6 messages.")
		p.Shows("other file in the zip")
		p.Hides("Imported:")
		p.Click("button", "Import")
		p.Shows("Imported: 3 conversations, 6 messages.")
		p.Click("button", "Close")
		p.Locate("button", "Old talk 3")

		pickExport(p, "export.zip", export)
		p.Click("button", "Import")
		p.Shows("Nothing new came.")
		p.Shows("9 records were here already")
		p.Click("button", "Close")

		openConversation(t, p, "Old talk 2")
		p.Shows("Where do storks winter? 2")
		p.Shows("In Africa.")
		ask(t, p, "hello kai")
		p.Shows("tokens/s")

		p.Reload() // the undo outlives the view
		p.Click("button", "Settings")
		p.Click("button", "Undo the import")
		p.Shows("2 items taken away, 1 that you changed or removed since stayed as they are.")
		p.Gone("button", "Old talk 3")
		p.Gone("button", "Old talk 1")
		p.Locate("button", "Old talk 2")
	})
}

// onePixel is a PNG in base64.
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"

// pageAssist is an export of Page Assist with a picture, a file among its knowledge, and services, one with its key.
func pageAssist() []byte {
	return []byte(`{
		"knowledge": [{"id":"k","title":"Recipes","source":[{"source_id":"s","type":"text/plain","filename":"leek.txt","content":"data:text/plain;base64,` +
		base64.StdEncoding.EncodeToString([]byte("Leeks, potatoes, cream.")) + `"},{"source_id":"t","type":"application/pdf","filename":"broken.pdf","content":"data:application/pdf;base64,AAAA"}]}],
		"chat": [{"history":{"id":"h","title":"Soup","createdAt":1715000000000},"messages":[
			{"id":"m1","role":"user","content":"What is this?","images":["data:image/png;base64,` + onePixel + `","https://example.org/far.png"],"createdAt":1715000001000},
			{"id":"m2","role":"assistant","content":"A leek.","name":"gemma3","createdAt":1715000002000}]}],
		"prompts": [{"id":"p","title":"Shorten","content":"Shorten: {{text}}","is_system":false,"createdAt":1715000000000}],
		"oaiConfigs": [{"id":"o","name":"Router","baseUrl":"http://router.test/v1","apiKey":"sk-secret-of-page-assist","provider":"openrouter"},
			{"id":"q","name":"Nowhere","baseUrl":"nowhere"}],
		"storageLocal": {"ollamaURL":"\"http://ollama.test:11434\""}, "storageSync": {}}`)
}

// Pictures come with their messages, files become documents, services are connected with their keys, which nobody sees; all of
// it once, and one undo takes it all.
func TestMovingInBringsServicesPicturesAndDocuments(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		p.Click("button", "Settings")
		pickExport(p, "page-assist.json", pageAssist())
		p.Shows("Page Assist: 1 conversation, 2 messages, 1 prompt, 1 picture, 2 documents, 2 services.")
		p.Shows("Router http://router.test/v1")
		p.Shows("picture that lies on a server")
		p.Shows("service without a usable address")
		p.Hides("sk-secret")
		p.Click("button", "Import")
		p.Shows("Imported: 1 conversation, 2 messages, 1 prompt, 1 picture, 1 document, 2 services.")
		p.Shows("document that cannot be read")
		p.Hides("sk-secret")
		p.Click("button", "Close")
		p.Locate("article", "Router")
		p.Locate("article", "Ollama")

		pickExport(p, "page-assist.json", pageAssist())
		p.Click("button", "Import")
		p.Shows("Nothing new came.")
		p.Click("button", "Close")

		openConversation(t, p, "Soup")
		p.Shows("A leek.")
		p.Until("the picture of the question", `document.querySelectorAll("article.question img[src^=blob]").length === 1`)
		p.Click("button", "Knowledge")
		p.Shows("leek.txt")

		p.Click("button", "Settings")
		p.Click("button", "Undo the import")
		p.Shows("5 items taken away.")
		p.Gone("article", "Router")
		p.Gone("button", "Soup")
	})
}

// A picture of ChatGPT's zip stands with the question that it came with, and one that a tool made with the answer.
func TestMovingInBringsPicturesOfAZip(t *testing.T) {
	t.Parallel()
	p := view(t, harness.StartChromium(t, harness.Options{}), "tab", line(t))
	pixel, err := base64.StdEncoding.DecodeString(onePixel)
	require.NoError(t, err)
	p.Click("button", "Settings")
	pickExport(p, "export.zip", zipped(t, "file-1-bread.png", string(pixel), "dalle-generations/file-2-made.png", string(pixel), "file-9-other.png", string(pixel), "conversations.json", `[{
		"title":"Blue bread","create_time":1720000000,"id":"c","current_node":"a","mapping":{
			"q":{"id":"q","parent":null,"children":["t"],"message":{"author":{"role":"user"},"create_time":1720000001,"content":{"content_type":"multimodal_text","parts":[
				{"content_type":"image_asset_pointer","asset_pointer":"file-service://file-1"},"Paint it blue."]}}},
			"t":{"id":"t","parent":"q","children":["a"],"message":{"author":{"role":"tool"},"content":{"content_type":"multimodal_text","parts":[
				{"content_type":"image_asset_pointer","asset_pointer":"sediment://file-2"}]}}},
			"a":{"id":"a","parent":"t","children":[],"message":{"author":{"role":"assistant"},"create_time":1720000009,"content":{"content_type":"text","parts":["Here it is."]}}}}}]`))
	p.Shows("ChatGPT: 1 conversation, 2 messages, 1 picture.")
	p.Shows("other file in the zip")
	p.Click("button", "Import")
	p.Shows("Imported: 1 conversation, 2 messages, 1 picture.")
	p.Click("button", "Close")
	openConversation(t, p, "Blue bread")
	p.Shows("Here it is.")
	p.Until("a picture with the question and one with the answer", `document.querySelectorAll("article.question img[src^=blob]").length === 1 && document.querySelectorAll("article.answer img[src^=blob]").length === 1`)
	p.Screenshot("moving-pictures")
}

// What cannot come is named, also when nothing can.
func TestMovingInTellsWhatCannotCome(t *testing.T) {
	t.Parallel()
	p := view(t, harness.StartChromium(t, harness.Options{}), "tab", line(t))
	p.Click("button", "Settings")
	pickExport(p, "holiday.jpg", []byte("\xff\xd8\xff\xe0"))
	p.Shows("There is nothing in it that kAI can bring.")
	p.Shows("not an export that kAI knows")
	p.Shows("holiday.jpg")
	p.Click("button", "Close")

	pickExport(p, "notes.zip", zipped(t, "Talk.md", "# Storks\n\n## User\n\nWhere?\n\n## Assistant\n\nAfrica.", "note.md", "just a note"))
	p.Shows("Markdown: 1 conversation, 2 messages, 1 document.")
	p.Click("button", "Import")
	p.Shows("Imported: 1 conversation, 2 messages, 1 document.")
	p.Locate("button", "Storks")
	p.Click("button", "Knowledge")
	p.Shows("1 passage")
}

// What kAI exported goes into another browser as it was.
func TestAnExportGoesIntoAnotherBrowser(t *testing.T) {
	t.Parallel()
	l := line(t)
	from := harness.StartChromium(t, harness.Options{})
	p := view(t, from, "tab", l)
	ask(t, p, "hello kai")
	p.Shows("tokens/s")
	p.Click("button", "Settings")
	p.Click("button", "Export all")
	p.Shows("Exported ")
	export := saved(t, from)

	p = view(t, harness.StartChromium(t, harness.Options{}), "tab", l)
	p.Click("button", "Settings")
	pickExport(p, "kai-export.json", export)
	p.Shows("kAI: 1 conversation, 2 messages, 1 service.")
	p.Click("button", "Import")
	p.Shows("Imported: 1 conversation, 2 messages.")
	p.Shows("1 record was here already") // the service: it is connected here, too
	p.Click("button", "Close")
	openConversation(t, p, "hello kai")
	p.Shows(model.Answer("hello kai"))
}
