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
	p.Eval(fmt.Sprintf(`(() => {
		const all = new DataTransfer();
		all.items.add(new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], %q));
		const input = document.querySelector(".moving-choose input[type=file]");
		input.files = all.files;
		input.dispatchEvent(new Event("change", { bubbles: true }));
	})()`, base64.StdEncoding.EncodeToString(text), name), nil)
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

// What cannot come is named, also when nothing can.
func TestMovingInTellsWhatCannotCome(t *testing.T) {
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
	p.Shows("kAI: 1 conversation, 2 messages.")
	p.Click("button", "Import")
	p.Shows("Imported: 1 conversation, 2 messages.")
	p.Click("button", "Close")
	openConversation(t, p, "hello kai")
	p.Shows(model.Answer("hello kai"))
}
