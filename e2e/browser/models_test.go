package browser_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// spare is a model of the test's own on the real server: a copy, which costs no disk.
const spare = "spare:latest"

// ownServer is a real Ollama that no other test asks.
func ownServer(t *testing.T) *model.Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	server, err := model.Serve(ctx, model.Options{Home: t.TempDir(), Progress: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	require.NoError(t, server.AddScripted(ctx))
	return server
}

// tell asks the real Ollama something behind the assistant's back, and gives its answer.
func tell(t *testing.T, l *model.Line, method, path string, in any) string {
	t.Helper()
	body, err := json.Marshal(in)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, l.URL+path, bytes.NewReader(body))
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, string(text))
	return string(text)
}

// keptFor is for how long the last question asked the server to keep its model.
func keptFor(t *testing.T, l *model.Line) string {
	t.Helper()
	var kept string
	for _, r := range l.Requests() {
		if r.Path == "/api/chat" {
			var in struct {
				KeepAlive string `json:"keep_alive"`
			}
			require.NoError(t, json.Unmarshal([]byte(r.Body), &in))
			kept = in.KeepAlive
		}
	}
	return kept
}

func TestModelsOfAServiceAreShownUnloadedAndRemoved(t *testing.T) {
	t.Parallel()
	l := model.NewLine(t, ownServer(t)) // other tests ask the shared one which models it has
	p := view(t, harness.StartChromium(t, harness.Options{}), "tab", l)
	tell(t, l, "POST", "/api/copy", map[string]string{"source": model.Scripted, "destination": spare})
	tell(t, l, "POST", "/api/generate", map[string]any{"model": spare, "keep_alive": "10m"})
	p.Click("button", "Settings")
	p.Click("button", "Test Ollama")
	p.Shows("2 models")
	p.Click("button", "Models of Ollama")
	p.Locate("article", spare)
	p.Shows("In memory")
	p.Click("button", "Details of "+spare)
	p.Shows("completion, tools, thinking")
	p.Shows("32,768 tokens")
	p.Shoot("models")

	p.Click("button", "Unload "+spare)
	p.Gone("button", "Unload "+spare)
	require.NotContains(t, tell(t, l, "GET", "/api/ps", nil), spare)

	p.Click("button", "Remove "+spare)
	p.Shows("Remove " + spare + " from the disk? It can be pulled again.")
	p.Shoot("models-remove")
	p.Click("button", "Remove")
	p.Gone("article", spare)
	p.Locate("article", model.Scripted+":latest")
	require.NotContains(t, tell(t, l, "GET", "/api/tags", nil), spare)
	p.Press("Escape")
	p.Gone("button", "Close")
}

func TestAServiceKeepsItsModelsInMemoryAsLongAsThePersonSays(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		require.Empty(t, keptFor(t, l), "left to the service")
		p.Click("button", "Settings")
		p.Click("button", "Edit Ollama")
		choose(p, "Models stay in memory", "30 minutes")
		p.Click("button", "Save")
		p.Gone("button", "Save")
		p.Click("button", "Back")
		ask(t, p, "say it in unicode")
		p.Shows(model.Answer("say it in unicode"))
		require.Equal(t, "30m", keptFor(t, l))
	})
}

func TestAServiceOnTheInternetSaysSo(t *testing.T) {
	t.Parallel()
	p := view(t, harness.StartChromium(t, harness.Options{}), "tab", line(t))
	p.Click("button", "Settings")
	p.Click("button", "Add a service")
	choose(p, "Kind", "LM Studio")
	p.Until("its usual address", `document.querySelector("input[type=url]").value === "http://localhost:1234/v1"`)
	require.NotContains(t, p.Text(), "leave this computer")
	choose(p, "Kind", "OpenAI")
	p.Shows("OpenAI is on the internet: your questions, with what you attach, leave this computer.")
	p.Shoot("service-form")
}

// The registry of models is not reached from here, so the answer to /api/pull is a stand-in's, in the lines that Ollama gives.
func TestADownloadGoesOnWithoutItsView(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	steps := make(chan int)
	gone := make(chan struct{}, 1)
	l.Replace(func(w http.ResponseWriter, r *http.Request) {
		for {
			select {
			case n := <-steps:
				_, _ = fmt.Fprintf(w, `{"status":"pulling abc","digest":"sha256:abc","total":4194304,"completed":%d}`+"\n", n)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				gone <- struct{}{}
				return
			}
		}
	}, "/api/pull")
	p := view(t, b, "tab", l)
	p.Click("button", "Settings")
	p.Click("button", "Models of Ollama")
	p.Fill("combobox", "Model name", "big")
	p.Click("button", "Pull")
	steps <- 1 << 20
	p.Shows("1.0 MB of 4.0 MB")
	p.Shows("It goes on when you leave this.")
	p.Shoot("pulling")
	p.Click("button", "Close")
	p.Gone("button", "Close")
	steps <- 2 << 20 // nobody takes it unless the download goes on

	again := open(t, b, "popup")
	p.Close()
	again.Click("button", "Settings")
	again.Click("button", "Models of Ollama")
	again.Shows("2.0 MB of 4.0 MB")
	steps <- 3 << 20
	again.Shows("3.0 MB of 4.0 MB")
	again.Click("button", "Cancel")
	<-gone
	again.Locate("combobox", "Model name")
}
