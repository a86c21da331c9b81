package browser_test

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// needFree skips a test on a computer where somebody already serves at the places where kAI looks.
func needFree(t *testing.T, addresses ...string) {
	t.Helper()
	for _, address := range addresses {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Skipf("something else is at %s: %v", address, err)
		}
		require.NoError(t, l.Close())
	}
}

// serveAtHome starts a model server where one is looked for.
func serveAtHome(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	server, err := model.Serve(ctx, model.Options{Home: t.TempDir(), Addr: "127.0.0.1:11434", Progress: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	require.NoError(t, server.AddScripted(ctx))
}

func TestTheFirstRunFindsWhatIsThereAndSaysHowToGetTheRest(t *testing.T) {
	needFree(t, "127.0.0.1:11434", "127.0.0.1:8000")
	for name, start := range browsers() { // one after the other: there is only one such port
		t.Run(name, func(t *testing.T) { firstRun(t, start(t)) })
	}
}

func firstRun(t *testing.T, b harness.Browser) {
	t.Helper()
	p := open(t, b, "tab")
	p.Shows("Nothing listens at http://localhost:11434. Start Ollama, then try again.")
	p.Shows("Ollama is a free program that runs models on this computer: ollama.com/download")
	p.ClickText("Also looked for OpenAI-compatible, llama.cpp, LM Studio, Open WebUI")
	p.Shows("Any server with this API will do, such as llama.cpp's")

	serveAtHome(t)
	p.Click("button", "Look again")
	p.Shows("Found on this computer")
	p.Shows("localhost:11434 · 1 model")
	p.Until("the model that it has", `[...document.querySelectorAll("select option")].some((o) => o.value === "`+model.Scripted+`:latest")`)
	p.Shows("Any server with this API will do, such as llama.cpp's")
	p.Click("button", "Use Ollama")
	ask(t, p, "hello kai")
	p.Shows(model.Answer("hello kai"))

	later := open(t, b, "popup")
	later.Locate("textbox", "Message")
	later.Hides("Welcome to kAI")
}

// What is found comes above the buttons, which stay where a person is about to press them.
func TestTheButtonsOfTheFirstRunStayWhereTheyAre(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := open(t, b, "sidepanel")
		p.Locate("button", "Add another service")
		const places = `JSON.stringify([...document.querySelectorAll(".main button")].filter((b) => !b.closest(".page")).map((b) => [b.innerText, b.getBoundingClientRect().top]))`
		var before, after string
		p.Eval(places, &before)
		require.Contains(t, before, "Add another service")
		p.Shows("Without a model server")
		p.Eval(places, &after)
		require.Equal(t, before, after)
	})
}
