package assistant

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

func item(kind record.Kind, id, body string) record.Record {
	r := record.Record{Kind: kind, ID: id}
	if body != "" {
		r.Body = []byte(body)
	}
	return r
}

func bodies(p store.Page) (out []string) {
	for _, r := range p.Records {
		out = append(out, string(r.Body))
	}
	return out
}

func TestALibraryKeepsWhatItIsGiven(t *testing.T) {
	for _, kind := range []record.Kind{record.KindFolder, record.KindPrompt, record.KindPersona} {
		timeless(t, func(t *testing.T, w *world) {
			all := ask[store.Page](w, MethodLibrary, item(kind, "", ""))
			assert.Empty(t, all.Records)
			const a, b = `{"id":"a","name":"A","voice":{"tts_profile":"deep"}}`, `{"id":"b","name":"B"}`
			ask[store.Page](w, MethodLibrary, item(kind, "b", b))
			all = ask[store.Page](w, MethodLibrary, item(kind, "a", a))
			assert.Equal(t, []string{a, b}, bodies(all), "with what is not known here, in the order of ids")
			all = ask[store.Page](w, MethodLibrary, item(kind, "a", ""))
			assert.Equal(t, []string{b}, bodies(all))
			w.restart()
			all = ask[store.Page](w, MethodLibrary, item(kind, "a", a))
			assert.Equal(t, []string{a, b}, bodies(all), "taking away is undone")
			news := w.allNews()
			assert.Equal(t, kind, news[len(news)-1].Data.Changes[0].Kind, "views hear of it")
			ask[Empty](w, MethodDataDeleteAll, Empty{})
			assert.Empty(t, ask[store.Page](w, MethodLibrary, item(kind, "", "")).Records)
		})
	}
}

func TestALibraryIsOfFoldersPromptsAndPersonasOnly(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		for _, kind := range []record.Kind{record.KindService, record.KindSetting, record.KindMessage, record.KindReplica, "", "x"} {
			_, err := try[store.Page](w, MethodLibrary, item(kind, "a", `{}`))
			assert.Equal(t, fault.NotFound, fault.CodeOf(err), kind)
		}
		for _, wrong := range []record.Record{
			item(record.KindPrompt, "a\x00b", `{}`), item(record.KindPrompt, "a", `[]`), item(record.KindPrompt, strings.Repeat("x", 5000), `{}`),
		} {
			_, err := try[store.Page](w, MethodLibrary, wrong)
			assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%s %s", wrong.ID, wrong.Body)
		}
	})
}

func ids(p ConversationPage) (out []string) {
	for _, c := range p.Conversations {
		out = append(out, c.ID)
	}
	return out
}

func TestConversationsArePinnedAndPutIntoFolders(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one, two := w.answered(Send{Text: "one"}, "1").Conversation.ID, w.answered(Send{Text: "two"}, "2").Conversation.ID
		three := w.answered(Send{Text: "three"}, "3").Conversation.ID
		for id, pinned := range map[string]string{one: "2026-01-02T00:00:00.000Z", two: "2026-01-01T00:00:00.000Z"} {
			ask[Conversation](w, MethodConversationTune, Tune{ID: id, Pinned: &pinned})
		}
		for _, id := range []string{one, three} {
			ask[Conversation](w, MethodConversationTune, Tune{ID: id, Shelf: ptr("work ")})
		}
		ask[Conversation](w, MethodConversationTune, Tune{ID: two, Shelf: ptr("work2 ")})
		list := func(in ListConversations) []string {
			return ids(ask[ConversationPage](w, MethodConversationList, in))
		}
		assert.Equal(t, []string{one, two}, list(ListConversations{Pinned: true}), "latest pinned first")
		assert.Equal(t, []string{three, one}, list(ListConversations{Folder: "work"}), "last used first")
		time.Sleep(time.Second) // of the test's own time
		w.answered(Send{Conversation: one, Text: "more"}, "1")
		assert.Equal(t, []string{one, three}, list(ListConversations{Folder: "work"}), "and it moves with use")
		assert.Equal(t, []string{two}, list(ListConversations{Folder: "work2"}))

		ask[Conversation](w, MethodConversationTune, Tune{ID: one, Pinned: ptr(""), Shelf: ptr("")})
		assert.Equal(t, []string{two}, list(ListConversations{Pinned: true}))
		assert.Equal(t, []string{three}, list(ListConversations{Folder: "work"}))
		assert.Len(t, list(ListConversations{}), 3)
	})
}

func TestAPersonasWordsAreSent(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ask[Settings](w, MethodSettingsSet, map[string]string{"systemPrompt": "Be brief."})
		id := w.answered(Send{Text: "one"}, "uno").Conversation.ID
		ask[Conversation](w, MethodConversationTune, Tune{ID: id, Persona: ptr("p"), Injected: ptr("Harm nobody.\n\nYou are a pirate."), Prefix: ptr("Arr:")})
		next := w.answered(Send{Conversation: id, Text: "two"}, "due")
		assert.Equal(t, []service.ChatMessage{
			{Role: "system", Content: "Harm nobody.\n\nYou are a pirate."},
			{Role: "user", Content: "Arr:\n\none"}, {Role: "assistant", Content: "uno"}, {Role: "user", Content: "Arr:\n\ntwo"},
		}, w.here.spec(next.Run).Chat.Messages)
		assert.Equal(t, "two", next.Message.Text, "what the person wrote stays as it was")

		ask[Conversation](w, MethodConversationTune, Tune{ID: id, SystemPrompt: ptr("Speak Latin.")})
		next = w.answered(Send{Conversation: id, Text: "three"}, "tre")
		assert.Equal(t, "Harm nobody.\n\nYou are a pirate.\n\nSpeak Latin.", w.here.spec(next.Run).Chat.Messages[0].Content)

		ask[Conversation](w, MethodConversationTune, Tune{ID: id, SystemPrompt: ptr(""), Persona: ptr(""), Injected: ptr(""), Prefix: ptr("")})
		next = w.answered(Send{Conversation: id, Text: "four"}, "quattro")
		assert.Equal(t, "Be brief.", w.here.spec(next.Run).Chat.Messages[0].Content)
		assert.Equal(t, "four", w.here.spec(next.Run).Chat.Messages[len(w.here.spec(next.Run).Chat.Messages)-1].Content)
		for _, in := range []Tune{{ID: id, Injected: ptr(strings.Repeat("x", maxPromptBytes+1))}, {ID: id, Prefix: ptr(strings.Repeat("x", maxPromptBytes+1))}} {
			_, err := try[Conversation](w, MethodConversationTune, in)
			assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
		}
	})
}
