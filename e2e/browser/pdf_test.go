package browser_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/pdf/pdftest"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// served is the address of a PDF, at a site that the manifest names.
func served(t *testing.T, file []byte) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = w.Write(file)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// The browser shows a PDF by a program of its own, which no extension may look into: kAI reads the file.
func TestAPDFInATabIsAskedAboutLikeAPage(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		b.Open(t, served(t, pdftest.File("Whales sing.", "Glaciers melt."))+"/papers/Ice%20and%20sea.pdf")
		p := view(t, b, "tab", l)
		p.Front()
		p.Click("button", "Ask about open tabs")
		p.Click("checkbox", "Ice and sea.pdf")
		p.Click("button", "Attach 1 tab")
		p.Locate("button", "Remove “Ice and sea.pdf”")
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		require.Contains(t, chatBody(t, l), `Whales sing.\n\nGlaciers melt.`)
	})
}

func TestAPDFInATabThatCannotBeReadSaysWhy(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		site := served(t, []byte("%PDF-1.4 and nothing else"))
		b.Open(t, site+"/broken.pdf")
		p := view(t, b, "tab", line(t))
		p.Front()
		p.Click("button", "Ask about open tabs")
		p.Click("checkbox", "broken.pdf", strings.TrimPrefix(site, "http://")+"/broken.pdf") // browsers title it differently
		p.Click("button", "Attach 1 tab")
		p.Shows("The file is damaged, or not what its name says.")
	})
}

func TestAPDFThatUnpacksWithoutEndIsToldAndTheNextFileComes(t *testing.T) {
	everywhereAlone(t, func(t *testing.T, b harness.Browser) {
		p := open(t, b, "tab")
		p.Click("button", "Skip for now")
		p.Click("button", "Knowledge")
		p.Locate("button", "Add files")
		p.Pick(".adding input[type=file]", harness.File{Name: "bomb.pdf", Text: pdftest.Bomb(300)},
			harness.File{Name: "shed.txt", Text: []byte("The drill is in the blue cupboard.")})
		p.Shows("It unpacks to more than a document can hold.")
		p.Shows("1 passage, found by words")
	})
}
