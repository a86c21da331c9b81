package browser_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/e2e/speech"
)

// From mouth to ear: a voice asks into the microphone, a Whisper writes it down, a Piper says the answer, and the Whisper that hears the
// loudspeaker understands it. Sound waits for nobody, so it runs beside no other test.
func TestAQuestionIsDictatedToWhisperAndItsAnswerReadByPiper(t *testing.T) {
	whisper, piper := speech.StartWhisper(t), speech.StartPiper(t)
	const question = "What is the weather like in London this afternoon?"
	sentence := piper.Says(question)
	harness.InEachWithSound(t, func(t *testing.T, b harness.Browser, sound *harness.Sound) {
		p := view(t, b, "tab", line(t))
		hearBy(p, whisper.URL)
		speakBy(p, piper.URL)
		p.Click("button", "Back")

		p.Click("button", "Dictate")
		p.Shows("Listening…")
		sound.Say(sentence)
		p.Click("button", "Finish dictating")
		p.Until("what was said", `document.querySelector("#message").value !== "" && document.activeElement.id === "message"`)
		var said string
		p.Eval(`document.querySelector("#message").value`, &said)
		requireHeard(t, question, said)
		p.Type(" hello kai") // the person goes on writing, what the scripted model has an answer to
		p.Press("Enter")
		p.Shows(model.Answer("hello kai"))
		p.Shows("tokens/s")

		heard := sound.Record()
		p.Click("button", "Read aloud")
		p.Locate("button", "Stop reading")
		p.Gone("button", "Stop reading")
		require.NotContains(t, p.Text(), "The server that reads aloud")
		requireHeard(t, model.Answer("hello kai"), whisper.Hears(heard()))
	})
}

// requireHeard holds that a text was heard: at least half of its words, since a computer that does something else loses a piece of a
// sound now and then. Of a noise or a silence a Whisper writes down something else.
func requireHeard(t *testing.T, text, heard string) {
	t.Helper()
	wanted, found := wordsOf(text), 0
	for _, word := range wanted {
		if slices.Contains(wordsOf(heard), word) {
			found++
		}
	}
	require.GreaterOrEqual(t, 2*found, len(wanted), "%q was heard as %q", text, heard)
}

func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
}
