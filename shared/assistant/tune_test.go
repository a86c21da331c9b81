package assistant

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

func ptr[T any](v T) *T { return &v }

func TestAConversationHasItsOwnInstructionsAndParameters(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ask[Settings](w, MethodSettingsSet, map[string]string{"systemPrompt": "Be brief."})
		one, other := w.answered(Send{Text: "one"}, "uno"), w.answered(Send{Text: "other"}, "altro")
		in := Tune{
			ID: one.Conversation.ID, SystemPrompt: ptr("Speak Latin."),
			Parameters: &Parameters{Temperature: ptr(0.0), TopP: ptr(0.9), Seed: ptr(int64(7)), MaxTokens: 50, Think: ptr(false), Format: `{"type":"object"}`},
		}
		tuned := ask[Conversation](w, MethodConversationTune, in)
		assert.Equal(t, in.Parameters, tuned.Parameters)
		next := w.answered(Send{Text: "two", Conversation: one.Conversation.ID}, "due")
		chat := w.here.spec(next.Run).Chat
		assert.Equal(t, service.ChatMessage{Role: "system", Content: "Speak Latin."}, chat.Messages[0])
		sent := Parameters{chat.Temperature, chat.TopP, chat.Seed, chat.MaxTokens, chat.Think, chat.Format}
		assert.Equal(t, *in.Parameters, sent)

		again := ask[Sent](w, MethodRunRetry, Retry{ID: next.Answer.ID, Another: true})
		synctest.Wait()
		assert.Equal(t, "Speak Latin.", w.here.spec(again.Run).Chat.Messages[0].Content)
		w.here.end(again.Run, run.StateDone)

		elsewhere := w.answered(Send{Text: "x", Conversation: other.Conversation.ID}, "y")
		assert.Equal(t, "Be brief.", w.here.spec(elsewhere.Run).Chat.Messages[0].Content)
		assert.Nil(t, w.here.spec(elsewhere.Run).Chat.Temperature)

		ask[Conversation](w, MethodConversationTune, Tune{ID: one.Conversation.ID, SystemPrompt: ptr(""), Parameters: &Parameters{}})
		back := w.answered(Send{Text: "three", Conversation: one.Conversation.ID}, "tre")
		assert.Equal(t, "Be brief.", w.here.spec(back.Run).Chat.Messages[0].Content)
		assert.Nil(t, w.here.spec(back.Run).Chat.Seed)
	})
}

func TestWhatNoModelTakesIsRefused(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		id := w.answered(Send{Text: "one"}, "uno").Conversation.ID
		for _, c := range []struct {
			in    Tune
			code  fault.Code
			field string
		}{
			{Tune{ID: "none"}, fault.NotFound, "id"},
			{Tune{ID: id, SystemPrompt: ptr(strings.Repeat("x", maxPromptBytes+1))}, fault.Exhausted, "systemPrompt"},
			{Tune{ID: id, Parameters: &Parameters{Temperature: ptr(-0.1)}}, fault.Invalid, "parameters.temperature"},
			{Tune{ID: id, Parameters: &Parameters{Temperature: ptr(2.1)}}, fault.Invalid, "parameters.temperature"},
			{Tune{ID: id, Parameters: &Parameters{TopP: ptr(0.0)}}, fault.Invalid, "parameters.topP"},
			{Tune{ID: id, Parameters: &Parameters{TopP: ptr(1.1)}}, fault.Invalid, "parameters.topP"},
			{Tune{ID: id, Parameters: &Parameters{MaxTokens: -1}}, fault.Invalid, "parameters.maxTokens"},
			{Tune{ID: id, Parameters: &Parameters{MaxTokens: maxAnswerTokens + 1}}, fault.Invalid, "parameters.maxTokens"},
			{Tune{ID: id, Parameters: &Parameters{Format: "yaml"}}, fault.Invalid, "parameters.format"},
			{Tune{ID: id, Parameters: &Parameters{Format: "[1]"}}, fault.Invalid, "parameters.format"},
			{Tune{ID: id, Parameters: &Parameters{Format: "null"}}, fault.Invalid, "parameters.format"},
			{Tune{ID: id, Parameters: &Parameters{Format: `{"x":"` + strings.Repeat("x", maxPromptBytes) + `"}`}}, fault.Exhausted, "parameters.format"},
			{Tune{ID: id, Summary: &Summary{Text: strings.Repeat("x", maxSummaryBytes+1)}}, fault.Exhausted, "summary.text"},
		} {
			_, err := try[Conversation](w, MethodConversationTune, c.in)
			assert.Equal(t, c.code, fault.CodeOf(err), c.field)
			assert.Equal(t, c.field, fault.Public(err).Field)
		}
	})
}

func TestAnArchivedConversationIsOutOfTheListUntilItGoesOn(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one, other := w.answered(Send{Text: "alpha"}, "uno"), w.answered(Send{Text: "beta"}, "altro")
		ask[Conversation](w, MethodConversationTune, Tune{ID: one.Conversation.ID, Archived: ptr(true)})
		assert.Equal(t, []string{other.Conversation.ID}, w.listed(false))
		assert.Equal(t, []string{one.Conversation.ID}, w.listed(true))
		assert.Len(t, ask[Snapshot](w, MethodSnapshot, Empty{}).Conversations, 1)
		assert.Len(t, ask[Found](w, MethodSearch, Search{Words: "alpha"}).Hits, 2, "its title and its message are found")
		w.answered(Send{Text: "more", Conversation: one.Conversation.ID}, "due")
		assert.ElementsMatch(t, []string{one.Conversation.ID, other.Conversation.ID}, w.listed(false))
	})
}

func (w *world) listed(archived bool) (ids []string) {
	for _, c := range ask[ConversationPage](w, MethodConversationList, ListConversations{Archived: archived}).Conversations {
		ids = append(ids, c.ID)
	}
	return ids
}
