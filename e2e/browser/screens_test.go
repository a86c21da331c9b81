package browser_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

func TestScreens(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	p := harness.View(t, b, "tab")
	p.Locate("button", "Add another service")
	p.Shoot("welcome")
	connect(t, p, l.URL)
	p.Shoot("empty")
	ask(t, p, "show me markdown")
	p.Shows("The end of it.")
	p.Shows("tokens/s")
	p.Shoot("chat")
	p.Click("button", "Another answer")
	p.Shows("2 of 2")
	p.Shows("tokens/s")
	p.Click("button", "Edit and ask again")
	p.Shoot("versions")
	p.Press("Escape")
	p.Click("button", "This conversation")
	p.Shoot("conversation")
	p.Press("Escape")
	l.Hold(2)
	ask(t, p, "tell me a story")
	p.Shows("Sentence 2 of the story.")
	l.Cut()
	p.Locate("button", "Try again")
	p.Shoot("error")
	p.Click("button", "Settings")
	p.Shows("Keyboard")
	p.Shoot("settings")
}

func TestScreensOfPromptsAndPersonas(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	p.Click("button", "Settings")
	p.Click("button", "New prompt")
	p.Fill("textbox", "Name", "Greeting")
	p.Fill("textbox", "Text", "hello {{who}}")
	p.Shoot("prompt-form")
	p.Click("button", "Save")
	p.Click("button", "New persona")
	p.Fill("textbox", "Name", "Pirate")
	p.Fill("textbox", "Instructions", "You are a pirate.")
	p.Shoot("persona-form")
	p.Click("button", "Save")
	p.Locate("article", "Pirate")
	p.Shoot("prompts")
	p.Click("button", "Back")
	p.Fill("textbox", "Message", "/")
	p.Locate("option", "Greeting hello {{who}}")
	p.Shoot("slash")
}

// A person who sees little, or gets ill of motion, has the system say so.
func TestColoursAndMotionAreTheSystems(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	l := line(t)
	p := harness.View(t, b, "tab")
	connect(t, p, l.URL)
	p.Resize(1280, 800)
	_, err := chromedp.Call(p.DevTools(), emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "forced-colors", Value: "active"}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	require.NoError(t, err)
	l.Hold(2)
	ask(t, p, "tell me a story")
	p.Shows("Sentence 2 of the story.")
	p.Until("nothing to move, though an answer is being made", "document.getAnimations().length === 0")
	p.Until("the button that stops it to have an edge", `getComputedStyle(document.querySelector("button[aria-label=Stop]")).borderTopWidth === "1px"`)
	p.Screenshot("forced-colors")
	p.Audit("forced colours")
	l.Open()
	p.Shows("tokens/s")
	p.Click("button", "Settings")
	p.Shows("Keyboard")
	p.Screenshot("forced-colors-settings")
	p.Audit("settings in forced colours")
}

func TestARealModelAnswersAQuestion(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	server, err := model.Serve(ctx, model.Options{Home: t.TempDir(), Progress: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	require.NoError(t, server.AddSmall(ctx, os.Stderr))
	p := harness.View(t, harness.StartChromium(t, harness.Options{}), "tab")
	p.Resize(1280, 800)
	require.Eventually(t, func() bool { // the button moves while services are being found
		return p.Has("textbox", "Address") || p.TryClick("button", "Add another service") && p.Has("textbox", "Address")
	}, harness.Patience, 200*time.Millisecond, "the form of a service")
	p.Fill("textbox", "Address", server.URL)
	p.Click("button", "Save")
	p.Locate("textbox", "Message")
	ask(t, p, "What is the capital of France? Answer in one sentence.")
	p.Shows("Paris")
	p.Shows("tokens/s")
	p.Screenshot("real-answer")
}

func TestScreensOfMovingIn(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{})
	p := view(t, b, "tab", line(t))
	p.Click("button", "Settings")
	p.Locate("button", "Choose files to import")
	p.Eval(`for (const s of document.querySelectorAll(".section")) s.hidden = !s.querySelector(".moving-choose")`, nil)
	pickExport(p, "export.zip", zipped(t, "chat.html", "<p>", "conversations.json", chatGPT(12), "broken.json", `[{"mapping":{}}]`))
	p.Shows("12 conversations")
	p.Shoot("moving-seen")
	p.Click("button", "Import")
	p.Shows("Imported: 12 conversations")
	p.Shoot("moving-done")
	p.Click("button", "Close")
	p.Shoot("moving-in")
	pickExport(p, "page-assist.json", pageAssist())
	p.Shows("2 services")
	p.Shoot("moving-services-seen")
	p.Click("button", "Import")
	p.Shows("Imported: 1 conversation")
	p.Shoot("moving-services-done")
}

func TestScreensOfVoice(t *testing.T) {
	t.Parallel()
	p := view(t, harness.StartChromium(t, harness.Options{}), "tab", line(t))
	ask(t, p, "hello kai")
	p.Shows("tokens/s")
	p.Eval(standInSpeech, nil)
	p.Click("button", "Settings")
	p.Click("checkbox", "A button at each answer reads it aloud")
	p.Eval(`for (const s of document.querySelectorAll(".section")) s.hidden = !s.querySelector("input[type=range]")`, nil)
	p.Shoot("voice-settings")
	p.Click("button", "Back")
	p.Click("button", "Read aloud")
	p.Shoot("voice")
}
