package browser_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// chat is what a model is asked.
type chat struct {
	Format   json.RawMessage
	Messages []struct{ Role, Content string }
}

// chatsOf are the requests for answers that a line has seen.
func chatsOf(t *testing.T, l *model.Line) (out []chat) {
	t.Helper()
	for _, r := range l.Requests() {
		if r.Path == "/api/chat" {
			var one chat
			require.NoError(t, json.Unmarshal([]byte(r.Body), &one))
			out = append(out, one)
		}
	}
	return out
}

func TestTheModelReadsASummaryOfWhatIsOld(t *testing.T) { // alone: the model reads long questions
	l := line(t)
	l.Replace(func(w http.ResponseWriter, _ *http.Request) { // as a model of a smaller window says it
		_, _ = io.WriteString(w, `{"model_info":{"general.architecture":"llama","llama.context_length":4096},"capabilities":["completion"]}`)
	}, "/api/show")
	p := view(t, harness.StartChromium(t, harness.Options{}), "tab", l)
	const question = "hello kai"
	for i, filler := range []string{"zebra ", "otter ", "heron ", "badger "} {
		ask(t, p, strings.Repeat(filler, 380)+"\n\n"+question)
		p.Until("an answer more", `document.querySelectorAll(".figures").length === `+string(rune('1'+i)))
	}
	p.ClickText("% full")
	p.Shows("Nothing is deleted")
	p.Shoot("summary-offer")
	p.Click("button", "Summarise")
	p.Locate("textbox", "What the model reads")
	p.Until("what the model wrote", `document.querySelector("dialog textarea").value.trim() !== ""`)
	var summed string
	for _, c := range chatsOf(t, l) {
		if strings.Contains(c.Messages[0].Content, "Sum up") {
			summed += c.Messages[1].Content
		}
	}
	require.Contains(t, summed, "zebra zebra")
	require.NotContains(t, summed, "badger", "the newest is not summed up")

	p.Fill("textbox", "What the model reads", "It was about zebras.")
	p.Shoot("summary")
	p.Click("button", "Save")
	p.Shows("The model reads a summary of what is above.")
	ask(t, p, question)
	p.Until("an answer more", `document.querySelectorAll(".figures").length === 5`)
	chats := chatsOf(t, l)
	read := chats[len(chats)-1].Messages
	require.Contains(t, read[0].Content, "It was about zebras.")
	require.NotContains(t, read[1].Content, "zebra zebra")

	p.ClickText("Show it")
	p.Click("button", "Read the messages again")
	p.Hides("The model reads a summary of what is above.")
	ask(t, p, question)
	p.Until("an answer more", `document.querySelectorAll(".figures").length === 6`)
	chats = chatsOf(t, l)
	require.NotContains(t, chats[len(chats)-1].Messages[0].Content, "It was about zebras.")
}

func TestAnswersFollowASchema(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		p.Click("button", "This conversation")
		choose(p, "Answers as", "JSON after a schema")
		p.Fill("textbox", "JSON Schema", "a name")
		p.Click("button", "Save")
		p.Shows("This is not a JSON Schema")
		const schema = `{"type":"object","properties":{"kai":{"type":"boolean"}},"required":["kai"]}`
		p.Fill("textbox", "JSON Schema", schema)
		p.Click("button", "Save")
		p.Gone("button", "Save")
		ask(t, p, "hello kai")
		p.Until("an answer more", `document.querySelectorAll(".figures").length === 2`)
		chats := chatsOf(t, l)
		require.JSONEq(t, schema, string(chats[len(chats)-1].Format))
	})
}
