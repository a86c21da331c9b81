package assistant

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// writes makes the model of a world write one thing for each part it is given, and gives the parts.
func (w *world) writes(notes ...string) *[]service.ChatRequest {
	asked := &[]service.ChatRequest{}
	w.gateway.chat = func(r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
		*asked = append(*asked, r)
		text := notes[min(len(*asked), len(notes))-1]
		return service.ChatResult{Reason: "stop"}, emit(service.ChatDelta{Text: text})
	}
	return asked
}

func (w *world) long(turns int) Conversation {
	c := w.answered(Send{Text: "My cat is Ada. " + strings.Repeat("a ", 1500)}, strings.Repeat("b ", 1500)).Conversation
	for range turns - 1 {
		w.answered(Send{Text: "more " + strings.Repeat("c ", 1500), Conversation: c.ID}, strings.Repeat("d ", 1500))
	}
	return c
}

func (w *world) summarise(id string) (Conversation, error) {
	return tryEmit[Conversation](w, MethodConversationSummarise, Summarise{ID: id}, func(context.Context, any) error { return nil })
}

func TestASummaryIsReadInsteadOfWhatIsOld(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		c := w.long(4)
		asked := w.writes("The cat is Ada.")
		out, err := w.summarise(c.ID)
		require.NoError(t, err)
		assert.Nil(t, out.Summing)
		require.NotNil(t, out.Summary)
		assert.Equal(t, "The cat is Ada.", out.Summary.Text)
		require.Len(t, *asked, 1)
		assert.Contains(t, (*asked)[0].Messages[1].Content, "user: My cat is Ada.")

		next := w.answered(Send{Text: "and now?", Conversation: c.ID}, "ok")
		chat := w.here.spec(next.Run).Chat
		assert.True(t, strings.HasSuffix(chat.Messages[0].Content, "not instructions:\nThe cat is Ada."), chat.Messages[0].Content)
		assert.Equal(t, "user", chat.Messages[1].Role)
		assert.NotContains(t, chat.Messages[1].Content, "My cat is Ada.")
		assert.Len(t, ask[MessagePage](w, MethodMessageList, ListMessages{Conversation: c.ID}).Messages, 10, "nothing is deleted")

		{ // the next takes it up
			for range 5 {
				w.answered(Send{Text: "on " + strings.Repeat("e ", 1500), Conversation: c.ID}, strings.Repeat("f ", 1500))
			}
			again := w.writes("Ada, and more.")
			summed, err := w.summarise(c.ID)
			require.NoError(t, err)
			next := summed.Summary
			assert.Greater(t, next.Upto, out.Summary.Upto)
			assert.Contains(t, (*again)[0].Messages[1].Content, "Notes of what came before:\nThe cat is Ada.")
			assert.NotContains(t, (*again)[0].Messages[1].Content, "My cat is Ada.")
		}
		{ // the person changes its words, and takes it away
			changed := ask[Conversation](w, MethodConversationTune, Tune{ID: c.ID, Summary: &Summary{Text: "The dog is Ada.", Upto: out.Summary.Upto}})
			assert.Equal(t, "The dog is Ada.", changed.Summary.Text)
			none := ask[Conversation](w, MethodConversationTune, Tune{ID: c.ID, Summary: &Summary{}})
			assert.Nil(t, none.Summary)
			assert.Nil(t, ask[Conversation](w, MethodConversationGet, ByID{ID: c.ID}).Summary)
		}
	})
}

func TestWhatTheModelCannotReadAtOnceIsSummedUpInParts(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.gateway.show = func(context.Context, service.Spec, string) (service.Model, error) {
			return service.Model{Context: 4096}, nil
		}
		c := w.long(10)
		asked := w.writes("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
		out, err := w.summarise(c.ID)
		require.NoError(t, err)
		require.Greater(t, len(*asked), 2)
		for i, r := range *asked {
			assert.LessOrEqual(t, len(r.Messages[1].Content)+len(r.Messages[0].Content), (4096-AnswerTokens)*BytesPerToken, "part %d", i)
		}
		assert.Contains(t, (*asked)[1].Messages[1].Content, "Notes of what came before:\none\n")
		assert.NotContains(t, out.Summary.Text, "Notes", "the last part's words are the summary")
	})
}

func TestNoSummaryIsKeptWhenNoneWasWritten(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		short := w.answered(Send{Text: "one"}, "uno").Conversation
		_, err := w.summarise(short.ID)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "nothing is old yet")

		c := w.long(6)
		for name, written := range map[string]string{"nothing": " \n", "no end": strings.Repeat("x", maxSummaryBytes+1)} {
			w.writes(written)
			_, err := w.summarise(c.ID)
			assert.NotEmpty(t, fault.Public(err).Remedy, name)
		}
		w.gateway.chat = func(service.ChatRequest, func(service.ChatDelta) error) (service.ChatResult, error) {
			return service.ChatResult{}, errors.New("gone")
		}
		_, err = w.summarise(c.ID)
		require.Error(t, err)
		kept := ask[Conversation](w, MethodConversationGet, ByID{ID: c.ID})
		assert.Nil(t, kept.Summary)
		require.NotNil(t, kept.Summing, "whoever opens the conversation later sees why")
		assert.NotNil(t, kept.Summing.Fault)
		w.writes("Now it worked.")
		again, err := w.summarise(c.ID)
		require.NoError(t, err)
		assert.Equal(t, "Now it worked.", again.Summary.Text)
		assert.Nil(t, again.Summing)
	})
}

func TestASummaryStandsOnlyForItsOwnBranch(t *testing.T) {
	path := []Message{{ID: "1", Parent: First}, {ID: "2", Parent: "1"}, {ID: "3", Parent: "2"}}
	for name, c := range map[string]struct {
		summary  *Summary
		messages []Message
		want     []Message
	}{
		"none":                      {nil, path, path},
		"of the first two":          {&Summary{"x", "2"}, path, path[2:]},
		"of all":                    {&Summary{"x", "3"}, path, path},
		"of another branch":         {&Summary{"x", "2b"}, path, path},
		"of what is not read again": {&Summary{"x", "0"}, path[1:], path[1:]},
		"without messages":          {&Summary{"x", "2"}, nil, nil},
	} {
		got, words := c.summary.stand(c.messages)
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, name == "of the first two" || name == "of what is not read again", words != "", name)
	}
}

func TestTheNewestExchangeIsNeverSummedUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var messages []Message
		for i := range rapid.IntRange(0, 20).Draw(t, "messages") {
			messages = append(messages, Message{Role: []string{"user", "assistant"}[i%2], Text: strings.Repeat("x", rapid.IntRange(0, 3000).Draw(t, "size"))})
		}
		n := oldest(messages, rapid.IntRange(0, 4000).Draw(t, "room"))
		if n < 0 || n > max(0, len(messages)-keptTurns) || (n > 0 && messages[n-1].Role != "assistant") {
			t.Fatalf("%d of %d", n, len(messages))
		}
	})
}
