package harness_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

const page = `<!doctype html><title>t</title><label>Name <input id=n></label>
<button onclick="document.getElementById('o').textContent='Hello '+document.getElementById('n').value">Greet</button>
<button style="display:none">Hidden</button><p id=o></p>`

func TestHarnessDrivesARealBrowser(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	defer server.Close()
	start := map[string]func(t *testing.T) harness.Browser{
		"chromium": func(t *testing.T) harness.Browser { return harness.StartChromium(t, harness.Options{Bare: true}) },
		"firefox":  func(t *testing.T) harness.Browser { return harness.StartFirefox(t, harness.Options{Bare: true}, "") },
	}
	for name, open := range start {
		t.Run(name, func(t *testing.T) {
			p := open(t).Open(t, server.URL)
			p.Fill("textbox", "Name", "wrong")
			p.Fill("textbox", "Name", "kAI")
			p.Click("button", "Greet")
			p.Shows("Hello kAI")
			require.False(t, p.Has("button", "Hidden"))
			p.Resize(320, 400)
			p.Until("the narrow page", "innerWidth === 320")
		})
	}
}
