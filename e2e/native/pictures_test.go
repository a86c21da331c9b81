package native_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/painter/paintertest"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/shared/config"
)

// paints runs a kai that has a web UI make pictures, and gives the link that signs in.
func paints(t *testing.T, w *paintertest.WebUI) string {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	c := config.DefaultStandalone()
	c.Networking.Port, c.Services.Ollama, c.Services.A1111 = 0, false, true
	kai, err := app.New(app.Options{
		Dir: dir, Config: c, Transport: transport.New("kAI/test"), Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Services: map[string]string{"a1111": w.URL},
	})
	require.NoError(t, err)
	require.NoError(t, kai.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		assert.NoError(t, kai.Stop(ctx))
	})
	return kai.LoginURL()
}

// A picture goes on while its view is closed, and can be varied, removed and brought back. The web UI is a stand-in.
func TestPicturesAreMadeInTheGallery(t *testing.T) {
	w := paintertest.NewWebUI()
	t.Cleanup(w.Close)
	link := paints(t, w)
	b := harness.StartChromium(t, harness.Options{Bare: true})
	p := b.Open(t, link)
	p.Resize(1280, 800)
	p.Click("button", "Pictures")
	p.Shows("No pictures yet.")
	w.Hold(0.4)
	p.Fill("textbox", "What is to be seen", "a lamp at night")
	p.Click("button", "Make a picture")
	p.Shows("40 %")
	p.Shoot("pictures-making")
	p.Eval("location.reload()", nil)
	w.Finish()
	p.Click("button", "Pictures")
	p.Until("the picture to be shown", `document.querySelector(".tile img")?.naturalWidth === 64`)
	p.Click("button", "Make another like this")
	p.Until("a second picture", `document.querySelectorAll(".tile img").length === 2`)
	asked := w.Asked()
	require.Len(t, asked, 2)
	assert.Equal(t, asked[0]["prompt"], asked[1]["prompt"])
	assert.NotEqual(t, asked[0]["seed"], asked[1]["seed"])
	p.Click("button", "Remove")
	p.Until("one picture less", `document.querySelectorAll(".tile img").length === 1`)
	p.Click("button", "Undo")
	p.Until("both again", `document.querySelectorAll(".tile img").length === 2`)
	p.Audit("pictures")
	p.Shoot("pictures")
	w.Close()
	p.Click("button", "Settings")
	p.Click("button", "Pictures")
	p.Shows("Start it with: webui.sh --api")
}
