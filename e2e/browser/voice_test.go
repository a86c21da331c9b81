package browser_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// standInSpeech stands in for the browser's speech, which a computer for tests has no voices for. Its surface is that of the Web
// Speech API: getVoices, speak, cancel, and utterances with voice, lang, rate, onend and onerror.
const standInSpeech = `(() => {
	window.heard = [];
	const voice = (name, localService) => ({ name, lang: "en-US", localService, default: true, voiceURI: name });
	const speech = { getVoices: () => [voice("Cloud", false), voice("Alex", true)], speak: (u) => window.heard.push(u), cancel: () => (window.heard = []) };
	Object.defineProperty(window, "speechSynthesis", { value: speech, configurable: true });
	window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
})()`

// Reading aloud is off until it is turned on, uses voices of this computer alone, and is stopped where it was begun.
func TestAnswersAreReadAloud(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		ask(t, p, "hello kai")
		p.Shows("tokens/s")
		require.False(t, p.Has("button", "Read aloud"))

		p.Eval(standInSpeech, nil)
		p.Click("button", "Settings")
		p.Click("checkbox", "A button at each answer reads it aloud")
		p.Until("the one voice", `[...document.querySelectorAll("option")].map((o) => o.textContent).filter((o) => o.includes("en-US")).join() === "Alex (en-US)"`)
		p.Click("button", "Back")
		p.Click("button", "Read aloud")
		p.Locate("button", "Stop reading")
		var said string
		p.Until("the answer to be said", `window.heard.length > 0`)
		p.Eval(`window.heard.map((u) => u.text + "/" + u.voice.name).join()`, &said)
		require.Equal(t, model.Answer("hello kai")+"/Alex", said)
		p.Eval(`window.heard.at(-1).onend()`, nil)
		p.Click("button", "Read aloud")
		p.Click("button", "Stop reading")
		p.Until("silence", `window.heard.length === 0`)
		p.Click("button", "Read aloud")
		p.Until("the answer to be said again", `window.heard.length > 0`)
		p.Click("button", "New chat")
		p.Until("silence in another conversation", `window.heard.length === 0`)
	})
}
