package assistant

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/openai"
)

func TestSendingStartsAConversationAndAnAnswer(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := ask[Sent](w, MethodMessageSend, Send{Text: "  Why is the sky blue?\nReally. ", Context: "popup"})
		assert.Equal(t, "Why is the sky blue? Really.", sent.Conversation.Title)
		assert.Equal(t, run.StateRunning, sent.Answer.State)
		assert.Equal(t, "tiny", sent.Answer.Model)
		assert.Less(t, sent.Message.ID, sent.Answer.ID, "the order of ids is the order of reading")
		synctest.Wait()
		spec := w.here.spec(sent.Run)
		assert.Equal(t, "tiny", spec.Chat.Model)
		assert.Equal(t, []service.ChatMessage{{Role: "user", Content: "  Why is the sky blue?\nReally. "}}, spec.Chat.Messages)

		w.here.say(sent.Run, "Because ", "of Rayleigh.")
		w.here.end(sent.Run, run.StateDone)
		synctest.Wait()
		messages := w.messages(sent.Conversation.ID)
		require.Len(t, messages, 2)
		assert.Equal(t, "user", messages[0].Role)
		assert.Equal(t, "Because of Rayleigh.", messages[1].Text)
		assert.Equal(t, run.StateDone, messages[1].State)
		assert.Equal(t, 7, messages[1].Stats.Tokens)
		assert.Equal(t, messages[1], w.stored(sent.Answer.ID))
		assert.Empty(t, ask[Snapshot](w, MethodSnapshot, Empty{}).Runs)
	})
}

func TestASecondTurnCarriesTheFirst(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		first := w.answered(Send{Text: "one"}, "uno")
		time.Sleep(time.Second)
		second := w.answered(Send{Text: "two", Conversation: first.Conversation.ID}, "dos")
		assert.Equal(t, []service.ChatMessage{
			{Role: "user", Content: "one"}, {Role: "assistant", Content: "uno"}, {Role: "user", Content: "two"},
		}, w.here.spec(second.Run).Chat.Messages)
		assert.Equal(t, first.Conversation.Title, second.Conversation.Title)
		assert.Greater(t, second.Conversation.Updated, first.Conversation.Updated)
	})
}

func TestTheTitleIsMadeOfTheFirstWords(t *testing.T) {
	long := strings.Repeat("word ", 40)
	for _, tc := range []struct{ text, want string }{
		{"short", "short"},
		{" two\n\n lines\t here ", "two lines here"},
		{long, strings.TrimSpace(strings.Repeat("word ", 12)) + "…"},
		{strings.Repeat("x", 80), strings.Repeat("x", 60) + "…"},
		{strings.Repeat("é", 61), strings.Repeat("é", 60) + "…"},
		{"bell\x07 and\x00nul", "bell and nul"},
	} {
		assert.Equal(t, tc.want, titleFrom(tc.text))
	}
}

func TestOneAnswerAtATimeInAConversation(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("one")
		_, err := try[Sent](w, MethodMessageSend, Send{Text: "two", Conversation: sent.Conversation.ID})
		assert.Equal(t, fault.Conflict, fault.CodeOf(err))
		assert.NotEmpty(t, fault.Public(err).Remedy)
		assert.Len(t, w.messages(sent.Conversation.ID), 2)
		w.send("elsewhere is fine")
	})
}

func TestWhatCannotBeSentIsRefusedWithItsField(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		page := Attachment{Type: "page", Text: "text"}
		for _, tc := range []struct {
			in    Send
			code  fault.Code
			field string
		}{
			{Send{Text: " \n "}, fault.Invalid, "text"},
			{Send{Text: strings.Repeat("x", maxTextBytes+1)}, fault.Exhausted, "text"},
			{Send{Text: "x", Conversation: "nope"}, fault.NotFound, "conversation"},
			{Send{Text: "x", Conversation: "no id\x00"}, fault.NotFound, "conversation"},
			{Send{Text: "x", Service: "nope"}, fault.NotFound, "service"},
			{Send{Text: "x", Model: strings.Repeat("m", 600)}, fault.Invalid, "model"},
			{Send{Attachments: []Attachment{page, {Type: "virus", Text: "x"}}}, fault.Invalid, "attachments[1].type"},
			{Send{Attachments: []Attachment{{Type: "page"}}}, fault.Invalid, "attachments[0].text"},
			{Send{Attachments: make([]Attachment, 17)}, fault.Exhausted, "attachments"},
		} {
			_, err := try[Sent](w, MethodMessageSend, tc.in)
			assert.Equal(t, tc.code, fault.CodeOf(err), "%v", err)
			assert.Equal(t, tc.field, fault.Public(err).Field)
		}
		assert.Empty(t, ask[ConversationPage](w, MethodConversationList, ListConversations{}).Conversations)
	})
}

func TestAnAttachedPageIsCutAndNamesTheConversation(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		text := "x" + strings.Repeat("é", MaxAttachmentBytes)
		sent := ask[Sent](w, MethodMessageSend, Send{Attachments: []Attachment{{Type: "page", Title: "A\npage", URL: "https://x.example/", Text: text}}})
		at := sent.Message.Attachments[0]
		assert.Equal(t, "A page", sent.Conversation.Title)
		assert.True(t, at.Truncated)
		assert.Len(t, at.Text, MaxAttachmentBytes-1, "cut before the character that does not fit")
	})
}

func TestWithoutAServiceOrModelThePersonIsTold(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		s := ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0]
		synctest.Wait()
		for _, tc := range []struct {
			health service.Health
			code   fault.Code
		}{
			{service.Health{State: service.StateOffline}, fault.Unavailable},
			{service.Health{State: service.StateNoModels}, fault.NotFound},
			{service.Health{State: service.StateForbidden, Detail: "its own words"}, fault.Forbidden},
			{service.Health{State: service.StateUnauth}, fault.Unauthorized},
			{service.Health{State: service.StateLocked, Detail: "the vault is locked"}, fault.Locked},
			{service.Health{State: service.StateWrong}, fault.Malformed},
			{service.Health{State: service.StateError}, fault.Unavailable},
			{service.Health{State: service.StateTimeout}, fault.Timeout},
			{service.Health{State: service.StateReady, Models: []service.Model{{Name: "nomic-embed"}}}, fault.NotFound},
		} {
			w.a.setHealth(t.Context(), Service{Spec: service.Spec{ID: s.ID}}, tc.health)
			w.gateway.probe = func(ctxIgnored, service.Spec) (service.Health, error) { return tc.health, nil }
			_, err := try[Sent](w, MethodMessageSend, Send{Text: "x"})
			assert.Equal(t, tc.code, fault.CodeOf(err), "%v", tc.health)
			assert.NotEmpty(t, fault.Public(err).Remedy)
		}
		ask[Empty](w, MethodServiceRemove, ByID{s.ID})
		_, err := try[Sent](w, MethodMessageSend, Send{Text: "x"})
		assert.Equal(t, "service", fault.Public(err).Field)
	})
}

func TestTheConversationsServiceAndModelAreUsedAgain(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		other := w.connect(openai.Kind, "http://localhost:9999/v1")
		first := w.answered(Send{Text: "a", Service: other.ID, Model: "big"}, "b")
		second := w.answered(Send{Text: "c", Conversation: first.Conversation.ID}, "d")
		assert.Equal(t, other.ID, second.Answer.Service)
		assert.Equal(t, "big", second.Answer.Model)
		ask[Settings](w, MethodSettingsSet, map[string]string{"defaultService": other.ID, "defaultModel": "usual"})
		assert.Equal(t, "usual", w.answered(Send{Text: "new"}, "x").Answer.Model)
	})
}

func TestAServiceThatGivesNoAnswersIsNeverAsked(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		flows := w.connect("n8n", "http://localhost:5678")
		ask[Empty](w, MethodServiceRemove, ByID{ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID})
		_, err := try[Sent](w, MethodMessageSend, Send{Text: "x"})
		assert.ErrorContains(t, err, "no model server is connected yet")
		w.connect("ollama", "http://localhost:11434")
		sent := w.answered(Send{Text: "x", Model: "m"}, "y")
		assert.NotEqual(t, flows.ID, sent.Answer.Service, "although it was connected first")
		_, err = try[Sent](w, MethodMessageSend, Send{Text: "x", Service: flows.ID, Model: "m"})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	})
}

func TestAFailedAnswerCanBeAskedForAgainInItsPlace(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("question")
		w.here.say(sent.Run, "half")
		w.here.put(sent.Run, run.Delta{State: run.StateFailed, Fault: fault.New(fault.Unavailable, "gone")})
		synctest.Wait()
		again := ask[Sent](w, MethodRunRetry, Retry{ID: sent.Answer.ID})
		assert.Equal(t, sent.Answer.ID, again.Answer.ID)
		assert.Equal(t, sent.Message.ID, again.Message.ID)
		assert.NotEqual(t, sent.Run, again.Run)
		assert.Empty(t, again.Answer.Text)
		synctest.Wait()
		assert.Equal(t, w.here.spec(sent.Run).Chat, w.here.spec(again.Run).Chat, "the same question")
		w.here.say(again.Run, "whole")
		w.here.end(again.Run, run.StateDone)
		synctest.Wait()
		messages := w.messages(sent.Conversation.ID)
		require.Len(t, messages, 2)
		assert.Equal(t, "whole", messages[1].Text)
		assert.Nil(t, messages[1].Fault)

		_, err := try[Sent](w, MethodRunRetry, Retry{ID: sent.Answer.ID})
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "it is done now")
		_, err = try[Sent](w, MethodRunRetry, Retry{ID: sent.Message.ID})
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "it is a question")
	})
}

func TestTheOrderOfAConversationSurvivesAClockSetBack(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		first := w.answered(Send{Text: "one"}, "uno")
		w.now = func() time.Time { return time.Now().Add(-72 * time.Hour) }
		w.answered(Send{Text: "two", Conversation: first.Conversation.ID}, "dos")
		w.clock = newClockForTest(w)
		w.restart()
		w.answered(Send{Text: "three", Conversation: first.Conversation.ID}, "tres")
		ask[Conversation](w, MethodConversationRename, Rename{first.Conversation.ID, "renamed"})
		var texts []string
		for _, m := range w.messages(first.Conversation.ID) {
			texts = append(texts, m.Text)
		}
		assert.Equal(t, []string{"one", "uno", "two", "dos", "three", "tres"}, texts)
		assert.Equal(t, "renamed", ask[Conversation](w, MethodConversationGet, ByID{first.Conversation.ID}).Title)
	})
}

func TestAConversationBeginsWithWhatThePersonChose(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		first := w.answered(Send{Text: "a", Tuning: &Tuning{Persona: "p", Injected: "You are a pirate.", Prefix: "Arr:", SystemPrompt: "Be brief."}}, "b")
		assert.Equal(t, "p", first.Conversation.Persona)
		assert.Equal(t, "You are a pirate.\n\nBe brief.", w.here.spec(first.Run).Chat.Messages[0].Content)
		second := w.answered(Send{Text: "c", Conversation: first.Conversation.ID, Tuning: &Tuning{Persona: "other"}}, "d")
		assert.Equal(t, "p", second.Conversation.Persona, "a conversation that goes on keeps its own")
		_, err := try[Sent](w, MethodMessageSend, Send{Text: "x", Tuning: &Tuning{Prefix: strings.Repeat("x", maxPromptBytes+1)}})
		assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
	})
}
