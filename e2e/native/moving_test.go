package native_test

import (
	"testing"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// A folder of Markdown goes to kai: what two said by turns is a conversation, notes are documents, and one undo takes all of it.
func TestMarkdownMovesIntoKai(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{Bare: true})
	_, link := standalone(t)
	p := b.Open(t, link)
	p.Resize(1280, 800)
	p.Shows("Not running")
	p.Click("button", "Add another service")
	p.Fill("textbox", "Address", model.Shared().URL)
	p.Click("button", "Save")
	p.Locate("textbox", "Message")
	p.Click("button", "Settings")
	choose := func() {
		p.Locate("button", "Choose files to import")
		p.Pick(".moving-choose input[type=file]",
			harness.File{Name: "Storks.md", Text: []byte("# Storks\n\n## User\n\nWhere?\n\n## Assistant\n\nAfrica.")},
			harness.File{Name: "shed.md", Text: []byte("# Shed\n\nThe drill is in the blue cupboard.")})
	}
	choose()
	p.Shows("Markdown: 1 conversation, 2 messages, 1 document.")
	p.Click("button", "Import")
	p.Shows("Imported: 1 conversation, 2 messages, 1 document.")
	p.Click("button", "Close")
	choose()
	p.Click("button", "Import")
	p.Shows("Nothing new came.")
	p.Click("button", "Close")

	p.Click("button", "Knowledge")
	p.Fill("textbox", "Look for a passage", "drill")
	p.Press("Enter")
	p.Shows("The drill is in the blue cupboard.")
	p.Locate("button", "Storks")

	p.Click("button", "Settings")
	p.Click("button", "Undo the import")
	p.Shows("2 items taken away.")
	p.Gone("button", "Storks")
	p.Click("button", "Knowledge")
	p.Shows("No documents yet.")
}
