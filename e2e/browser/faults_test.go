package browser_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kindos/kai/e2e/harness"
)

// says answers with a status and a body.
func says(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestAServiceInAWrongStateHasItsOwnWordsAndButton(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := open(t, b, "tab")
		connect(t, p, l.URL)
		p.Click("button", "Settings")
		p.Shows("Ready")
		cases := []struct {
			badge, words, button string
			answer               http.HandlerFunc
		}{
			{"Refused us", "Ollama answers, but refuses requests from this browser extension.", "How to fix", says(403, "text/plain", "")},
			{"Needs a key", "Ollama answers, but wants an API key.", "Enter key", says(401, "application/json", `{"error":"who are you?"}`)},
			{"Something else is there", "Something answers at " + l.URL + ", but it is not Ollama.", "Change address", says(200, "text/html", "<title>Router</title>")},
			{"Has a problem", "Ollama answers with an error of its own.", "Try again", says(500, "text/plain", "")},
		}
		for _, c := range cases {
			t.Run(c.badge, func(t *testing.T) {
				l.Replace(c.answer)
				p.Click("button", "Test Ollama")
				p.Shows(c.badge)
				p.Shows(c.words)
				p.Locate("button", c.button)
				l.Open()
				p.Click("button", "Test Ollama")
				p.Shows("Ready")
				p.Gone("button", c.button)
			})
		}
		t.Run("the way out of a refusal is the browser's own setting", func(t *testing.T) {
			l.Replace(says(403, "text/plain", ""))
			p.Click("button", "Test Ollama")
			p.Click("button", "How to fix")
			p.Shows("OLLAMA_ORIGINS=" + strings.TrimSuffix(b.ExtensionURL(""), "/"))
			p.Locate("button", "Copy the setting")
		})
		t.Run("a wrong port is corrected where it is told", func(t *testing.T) {
			l.Replace(says(404, "text/plain", "404 page not found"))
			p.Click("button", "Test Ollama")
			p.Click("button", "Change address")
			right := line(t)
			p.Fill("textbox", "Address", right.URL)
			p.Press("Enter")
			p.Shows("Ready")
			p.Shows(fmt.Sprintf("%s · 1 model", strings.TrimPrefix(right.URL, "http://")))
		})
	})
}
