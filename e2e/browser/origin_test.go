package browser_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

func TestAStockServerAnswersTheExtensionAndStillRefusesWebPages(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>A web page</title>"))
	}))
	t.Cleanup(web.Close)
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		seen := waitRequest(t, l, "/api/chat")
		require.Empty(t, seen.Origin)
		require.Contains(t, seen.UserAgent, "Mozilla", "it came from the browser, not from kai")

		stranger := b.Open(t, web.URL)
		stranger.Until("the page", `document.title === "A web page"`)
		stranger.Eval(`fetch("`+l.URL+`/api/generate", { method: "POST", mode: "no-cors", body: "{}" }).then(() => true, () => true)`, nil)
		require.Equal(t, web.URL, waitRequest(t, l, "/api/generate").Origin, "a web page lost its Origin header")

		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL+"/api/tags", nil)
		require.NoError(t, err)
		request.Header.Set("Origin", "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		require.Equal(t, http.StatusForbidden, response.StatusCode, "the server is stock: it takes no extension's origin")
	})
}
