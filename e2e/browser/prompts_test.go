package browser_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// A prompt is inserted with "/", its places are asked for, and a persona's words go to the model.
func TestPromptsAndPersonas(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		p.Click("button", "Settings")
		p.Click("button", "New prompt")
		p.Fill("textbox", "Name", "Greeting")
		p.Fill("textbox", "Text", "hello {{who}}")
		p.Click("button", "Save")
		p.Locate("article", "Greeting")
		p.Click("button", "New prompt")
		p.Fill("textbox", "Name", "Brief")
		p.Fill("textbox", "Text", "Answer briefly.")
		choose(p, "Where its text goes", "Instructions of the conversation")
		p.Click("button", "Save")
		p.Locate("article", "Brief")
		p.Click("button", "New persona")
		p.Fill("textbox", "Name", "Pirate")
		p.Fill("textbox", "Instructions", "You are a pirate.")
		p.Fill("textbox", "Before each question", "Arr:")
		p.Fill("textbox", "Before everything", "Harm nobody.")
		p.Click("button", "Save")
		p.Locate("article", "Pirate")
		p.Click("button", "Back")

		p.Fill("textbox", "Message", "/gree")
		p.Locate("option", "Greeting hello {{who}}")
		p.Press("Enter")
		p.Fill("textbox", "who", "kai")
		p.Click("button", "Insert")
		p.Until("the prompt is in the box", `document.getElementById("message").value === "hello kai"`)
		p.Click("button", "Send")
		p.Shows("tokens/s")

		p.Click("button", "This conversation")
		chooseNext(p, "Persona")
		p.Until("the persona is kept", `document.querySelector("dialog[open] select").selectedOptions[0].textContent === "Pirate"`)
		p.Click("button", "Cancel")
		ask(t, p, "tell me a story")
		p.Shows("Sentence 2 of the story.")
		var sent struct {
			Messages []struct{ Role, Content string }
		}
		require.NoError(t, json.Unmarshal([]byte(chatBody(t, l)), &sent))
		require.Equal(t, "Harm nobody.\n\nYou are a pirate.", sent.Messages[0].Content)
		require.Equal(t, "Arr:\n\nhello kai", sent.Messages[1].Content)

		p.Click("button", "New chat")
		choose(p, "Persona", "Pirate")
		p.Fill("textbox", "Message", "/brief")
		p.Locate("option", "Brief Answer briefly.")
		p.Press("Enter")
		p.Locate("button", "Remove “Instructions of the conversation”")
		if b.Name() == "chromium" { // Firefox cannot be told a theme
			p.Shoot("beginning")
		}
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		sent.Messages = nil
		require.NoError(t, json.Unmarshal([]byte(chatBody(t, l)), &sent))
		require.Equal(t, "Harm nobody.\n\nYou are a pirate.\n\nAnswer briefly.", sent.Messages[0].Content, "before the first question")
		require.Equal(t, "Arr:\n\nhello kai", sent.Messages[1].Content)
	})
}
