package browser_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// What is set for one conversation goes to the model with its next question; an archived conversation leaves the list.
func TestWhatHoldsForOneConversation(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "hello kai")
		p.Shows("tokens/s")
		p.Click("button", "This conversation")
		p.Fill("textbox", "Instructions", "Speak Latin.")
		p.Fill("spinbutton", "Temperature", "0.5")
		p.Fill("spinbutton", "Longest answer, in tokens", "40")
		p.Click("button", "Save")
		p.Gone("textbox", "Instructions")
		ask(t, p, "tell me a story")
		p.Shows("Sentence 2 of the story.")
		var sent struct {
			Messages []struct{ Role, Content string }
			Options  map[string]float64
		}
		require.NoError(t, json.Unmarshal([]byte(chatBody(t, l)), &sent))
		require.Equal(t, "Speak Latin.", sent.Messages[0].Content)
		require.Equal(t, "system", sent.Messages[0].Role)
		require.InDelta(t, 0.5, sent.Options["temperature"], 0)
		require.InDelta(t, 40, sent.Options["num_predict"], 0)

		p.Click("button", "This conversation")
		p.Click("button", "Put in the archive")
		p.Shows("is found by search")
		p.Gone("button", "hello kai")
		p.Click("button", "Archive")
		openConversation(t, p, "hello kai")
		p.Click("button", "Back to all conversations")
		p.Click("button", "Undo")
		p.Locate("button", "hello kai")
	})
}
