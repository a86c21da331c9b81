package browser_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// says answers with a status and a body.
func says(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// wrong is a way in which a model server goes wrong at a question, with what a person reads then.
type wrong struct {
	name   string
	held   int // so many lines are shown before it goes wrong
	breaks func(l *model.Line)
	kept   string   // what had arrived
	reads  []string // with %s for the address
}

func wrongs() []wrong {
	chat := func(handler http.HandlerFunc) func(*model.Line) {
		return func(l *model.Line) { l.Replace(handler, "/api/chat") }
	}
	return []wrong{
		{
			"cut inside a character", 1, func(l *model.Line) { l.CutWithin("世", 1) }, "Grüße",
			[]string{"The connection to Ollama broke in the middle of its answer.", "Ask again; what had arrived is kept."},
		},
		{
			"cut inside a line of JSON", 2, func(l *model.Line) { l.CutWithin(`"content":" 🌍"`, 4) }, "Grüße 世界",
			[]string{"The connection to Ollama broke in the middle of its answer.", "Ask again; what had arrived is kept."},
		},
		{
			"a web page", 0, chat(says(200, "text/html", "<html><title>Hotel login</title>")), "",
			[]string{"Something other than Ollama answers at %s: a web page titled “Hotel login”.", "Correct the address"},
		},
		{
			"text that is no answer", 0, chat(says(200, "application/x-ndjson", "no JSON\n")), "",
			[]string{"Something other than Ollama answers at %s", "Correct the address"},
		},
		{
			"403", 0, chat(says(403, "text/plain", "")), "",
			[]string{"Ollama at %s refuses requests from here.", "OLLAMA_ORIGINS"},
		},
		{
			"404 for the model", 0, chat(says(404, "application/json", `{"error":"model 'scripted' not found"}`)), "",
			[]string{"The model scripted:latest is not installed on this Ollama.", "Pull it (ollama pull scripted:latest), or choose another model."},
		},
		{
			"500", 0, chat(says(500, "application/json", `{"error":"llama runner process has terminated: exit status 2"}`)), "",
			[]string{"Ollama failed: llama runner process has terminated: exit status 2.", "Try again; if it stays so, look into the log of Ollama."},
		},
		{
			"an error after the start", 0, chat(says(200, "application/x-ndjson", `{"message":{"role":"assistant","content":"Half an"}}`+"\n"+`{"error":"out of memory"}`+"\n")), "Half an",
			[]string{"Ollama failed: out of memory."},
		},
	}
}

func TestAServerThatGoesWrongAtAQuestion(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		setUp := view(t, b, "popup", l)
		silent := holdAnswer(t, b, l)
		broken := line(t)
		p := open(t, b, "tab")
		moveService(t, p, broken.URL)
		for _, c := range wrongs() {
			t.Run(c.name, func(t *testing.T) {
				p.Click("button", "New chat")
				if c.held > 0 {
					broken.Hold(c.held)
				}
				c.breaks(broken)
				ask(t, p, "say it in unicode")
				p.Shows(c.kept)
				broken.Hold(-1)
				for _, words := range c.reads {
					p.Shows(strings.ReplaceAll(words, "%s", broken.URL))
				}
				p.Shows(c.kept)
				broken.Open()
				p.Click("button", "Try again")
				p.Shows(model.Answer("say it in unicode"))
				p.Gone("button", "Try again")
			})
		}
		t.Run("nothing for a minute", func(t *testing.T) {
			require.Eventually(t, func() bool {
				return strings.Contains(silent.Text(), "Ollama said nothing for a minute.")
			}, 2*harness.Patience, time.Second, "the end of the wait for the server")
			silent.Shows("Sentence 2 of the story.")
			l.Open()
			moveService(t, p, l.URL)
			silent.Front()
			silent.Click("button", "Try again")
			silent.Shows("Sentence 60 of the story.")
		})
		setUp.Close()
	})
}

// holdAnswer begins an answer of which nothing comes after two sentences.
func holdAnswer(t *testing.T, b harness.Browser, l *model.Line) *harness.Page {
	t.Helper()
	p := open(t, b, "sidepanel")
	l.Hold(2)
	ask(t, p, "tell me a story")
	p.Shows("Sentence 2 of the story.")
	return p
}

// moveService gives the one service another address, in the settings.
func moveService(t *testing.T, p *harness.Page, url string) {
	t.Helper()
	p.Front()
	require.Eventually(t, func() bool { // what the view opens with may come after the click
		return p.Has("button", "Edit Ollama") || p.TryClick("button", "Settings") && p.Has("button", "Edit Ollama")
	}, harness.Patience, 50*time.Millisecond, "the settings")
	p.Click("button", "Edit Ollama")
	p.Fill("textbox", "Address", url)
	p.Click("button", "Save")
	p.Gone("button", "Save")
	p.Shows("Ready")
	p.Click("button", "Back")
	p.Locate("textbox", "Message")
}

func TestAServerFromItsFirstModelToItsEnd(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		home := t.TempDir()
		server, err := model.Serve(ctx, model.Options{Home: home, Progress: os.Stderr})
		require.NoError(t, err)
		t.Cleanup(server.Close)
		p := open(t, b, "tab")
		addService(t, p, server.URL)

		p.Shows("No model installed")
		p.Shows("Ollama is running, but has no model yet. Pull one to begin.")
		p.Click("button", "Pull a model")
		p.Locate("combobox", "Model name") // with suggestions
		require.NoError(t, server.AddScripted(ctx))
		p.Click("button", "Try again")
		p.Shows("Ready")
		p.Click("button", "Back")
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))

		server.Close()
		ask(t, p, "say it in unicode")
		p.Shows("Ollama does not answer at " + server.URL)
		p.Shows("Start Ollama (open its app, or run ollama serve), or correct the address.")
		p.Click("button", "Settings")
		p.Click("button", "Test Ollama")
		p.Shows("Not running")
		p.Shows("Nothing listens at " + server.URL + ". Start Ollama, then try again.")
		p.Click("button", "Back")

		again, err := model.Serve(ctx, model.Options{Home: home, Addr: strings.TrimPrefix(server.URL, "http://"), Progress: os.Stderr})
		require.NoError(t, err)
		t.Cleanup(again.Close)
		p.Click("button", "Try again")
		p.Shows(model.Answer("say it in unicode"))
	})
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
