package native_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
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

// paints runs a kai that has services make pictures, by their kind, and gives the link that signs in.
func paints(t *testing.T, services map[string]string) string {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	c := config.DefaultStandalone()
	c.Networking.Port, c.Services.Ollama, c.Services.A1111, c.Services.ComfyUI = 0, false, services["a1111"] != "", services["comfyui"] != ""
	kai, err := app.New(app.Options{
		Dir: dir, Config: c, Transport: transport.New("kAI/test"), Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Services: services,
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
	t.Parallel()
	w := paintertest.NewWebUI()
	t.Cleanup(w.Close)
	link := paints(t, map[string]string{"a1111": w.URL})
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
	p.Reload()
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

// ComfyUI makes pictures too, by a workflow of one's own and from an earlier picture. Both services are stand-ins.
func TestComfyUIMakesPicturesInTheGallery(t *testing.T) {
	t.Parallel()
	w, c := paintertest.NewWebUI(), paintertest.NewComfyUI()
	t.Cleanup(w.Close)
	t.Cleanup(c.Stop)
	link := paints(t, map[string]string{"a1111": w.URL, "comfyui": c.URL})
	b := harness.StartChromium(t, harness.Options{Bare: true})
	p := b.Open(t, link)
	p.Resize(1280, 800)
	p.Click("button", "Pictures")
	p.Shows("No pictures yet.")

	own := func(file string) string {
		text, err := os.ReadFile(filepath.Join("..", "..", "shared", "service", "comfyui", "testdata", file))
		require.NoError(t, err)
		return string(text)
	}
	p.ClickText("Workflows of your own")
	p.Click("button", "Add a workflow")
	p.Fill("textbox", "Name", "Night scenes")
	p.Fill("textbox", "Or paste it here", own("editor.json"))
	p.Click("button", "Save")
	p.Shows("as ComfyUI's editor keeps it")
	p.Shoot("pictures-workflow-wrong")
	p.Audit("a workflow that cannot be used")
	p.Fill("textbox", "Or paste it here", own("sd15.json"))
	p.Click("button", "Save")
	p.Shows("Workflows of your own (1)")
	p.Until("it to be chosen", `[...document.querySelectorAll("select")].some((s) => s.selectedOptions[0]?.text === "Night scenes")`)

	c.Hold()
	c.Other()
	require.Eventually(t, c.Works, 10*time.Second, time.Millisecond)
	p.Fill("textbox", "What is to be seen", "a lamp at night")
	p.Click("button", "Make a picture")
	p.Shows("1 before it")
	p.Shoot("pictures-queued")
	c.Interrupt() // of the other
	p.Shows("KSampler, 40 %")
	p.Shoot("pictures-node")
	c.Finish()
	p.Until("the picture to be shown", `document.querySelector(".tile img")?.naturalWidth === 64`)
	assert.Equal(t, "a lamp at night", c.Asked()[0]["6"].Inputs["text"])

	p.Click("button", "Begin another from this picture")
	p.Until("the words to have the focus", `document.activeElement?.value === "a lamp at night"`)
	p.Shows("How much is made anew: 60 %")
	p.ClickText("Size, model, seed")
	p.Shoot("pictures-from")
	p.Audit("beginning from a picture")
	p.Click("button", "Make a picture")
	p.Until("a second picture", `document.querySelectorAll(".tile img").length === 2`)
	name, _ := c.Asked()[1]["10"].Inputs["image"].(string)
	assert.Equal(t, paintertest.Picture(64, 64), c.Uploaded(name))

	p.Click("button", "Remove Night scenes")
	p.Shows("Removed Night scenes.")
	p.Click("button", "Undo")
	p.Shows("Workflows of your own (1)")

	p.ClickText("Size, model, seed") // closed again
	p.ClickText("Workflows of your own (1)")
	c.Fail("CUDA out of memory")
	p.Click("button", "Make another like this")
	p.Shows("KSampler (node 3): CUDA out of memory")
	p.Shoot("pictures-failed")
	p.Audit("a picture that failed")
	c.Fail("")
	p.Click("button", "Try again")
	p.Until("a third picture", `document.querySelectorAll(".tile img").length === 3`)
}
