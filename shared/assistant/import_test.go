package assistant

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// chat is a conversation of a file, with a question and an answer.
func chat(id string) []record.Record {
	return []record.Record{
		item(record.KindMessage, id+"1", fmt.Sprintf(`{"id":"%[1]s1","conversation":"%[1]s","parent":"-","role":"user","text":"why %[1]s","created":"2024-01-01T00:00:00.000Z"}`, id)),
		item(record.KindMessage, id+"2", fmt.Sprintf(`{"id":"%[1]s2","conversation":"%[1]s","parent":"%[1]s1","role":"assistant","text":"because","created":"2024-01-01T00:00:01.000Z"}`, id)),
		item(record.KindConversation, id, fmt.Sprintf(`{"id":"%[1]s","title":"About %[1]s","created":"2024-01-01T00:00:00.000Z","updated":"2024-01-01T00:00:01.000Z"}`, id)),
	}
}

func (w *world) imports(records ...record.Record) []record.Record {
	return ask[store.Page](w, MethodDataImport, store.Page{Records: records}).Records
}

// undo takes back what an import answered that it wrote.
func undo(kept []record.Record) []record.Record {
	out := make([]record.Record, len(kept))
	for i, r := range kept {
		out[i] = record.Record{Kind: r.Kind, ID: r.ID, Version: r.Version, Deleted: true}
	}
	return out
}

func TestAnImportIsReadFoundAndContinued(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.search("zebra") // the search knows what there is
		kept := w.imports(chat("zebra")...)
		require.Len(t, kept, 3)
		assert.NotEmpty(t, kept[2].Version)
		assert.Nil(t, kept[2].Body, "who sent it has it")
		assert.Equal(t, []string{"About zebra"}, w.titles())
		assert.Len(t, w.messages("zebra"), 2)
		assert.Len(t, w.search("zebra"), 2)
		news := w.allNews()
		assert.True(t, news[len(news)-1].Data.Reset, "views look anew")
		next := w.answered(Send{Conversation: "zebra", Text: "and then?"}, "so")
		assert.Equal(t, "zebra2", next.Message.Parent)
	})
}

func TestTheSameImportAddsNothing(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.imports(chat("a")...)
		ask[Conversation](w, MethodConversationRename, Rename{ID: "a", Title: "Mine"})
		assert.Empty(t, w.imports(chat("a")...))
		assert.Equal(t, []string{"Mine"}, w.titles(), "what the person made of it stays")
	})
}

func TestViewsHearOfAnImportOnceItIsWhole(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		before := len(w.allNews())
		ask[store.Page](w, MethodDataImport, store.Page{Records: chat("a"), Next: "more"})
		assert.Len(t, w.allNews(), before)
		ask[store.Page](w, MethodDataImport, store.Page{})
		assert.Len(t, w.allNews(), before+1)
	})
}

func TestAnImportIsTakenBackButForWhatWasChangedSince(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		prompt := item(record.KindPrompt, "p", `{"id":"p","name":"P","template":"x"}`)
		kept := w.imports(append(append(chat("a"), chat("b")...), append(chat("c"), prompt)...)...)
		ask[Conversation](w, MethodConversationRename, Rename{ID: "a", Title: "Mine"})
		w.answered(Send{Conversation: "b", Text: "and then?"}, "so")
		var top []record.Record
		for _, r := range kept {
			if r.Kind != record.KindMessage {
				top = append(top, r)
			}
		}
		taken := w.imports(undo(top)...)
		require.Len(t, taken, 2)
		assert.ElementsMatch(t, []string{"Mine", "About b"}, w.titles())
		assert.Empty(t, ask[store.Page](w, MethodLibrary, item(record.KindPrompt, "", "")).Records)
		time.Sleep(2 * UndoWindow)
		assert.Equal(t, 6, w.alive(record.KindMessage), "those of the third are erased with it")

		assert.Len(t, w.imports(append(chat("c"), prompt)...), 4, "and it can come again")
		assert.Len(t, w.titles(), 3)
	})
}

func TestWhatIsInTheTrashComesAgain(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.imports(chat("a")...)
		ask[Conversation](w, MethodConversationDelete, ByID{"a"})
		assert.Len(t, w.imports(chat("a")...), 1, "its messages are still there")
		time.Sleep(2 * UndoWindow)
		assert.Equal(t, []string{"About a"}, w.titles())
		assert.Len(t, w.messages("a"), 2)
	})
}

func TestAnImportOntoAFullDiskIsToldAndKeepsNothingOfTheCall(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.imports(chat("a")...)
		w.store.setFail(fault.New(fault.Exhausted, "the disk is full"))
		_, err := try[store.Page](w, MethodDataImport, store.Page{Records: chat("b")})
		assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
		assert.NotEmpty(t, fault.Public(err).Remedy)
		assert.Equal(t, fault.Exhausted, w.lastStorage().Fault.Code, "every view is told")
		w.store.setFail(nil)
		assert.Equal(t, []string{"About a"}, w.titles())
		assert.Len(t, w.imports(append(chat("a"), chat("b")...)...), 3, "the same import goes on from there")
	})
}

func TestOnlyWhatFilesHoldIsImported(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		for _, wrong := range []record.Record{
			item(record.KindService, "s", `{"id":"s","key":"sk-1"}`), item(record.KindSetting, "settings", `{"id":"settings"}`), item(record.KindRun, "r", `{"id":"r"}`),
			item(record.KindReplica, "r", `{"id":"r"}`), item(record.KindFolder, "f", `{"id":"g"}`), item(record.KindFolder, "f", `[]`), item(record.KindMessage, "m", ""),
			{Kind: record.KindService, ID: "s", Deleted: true}, {Kind: record.KindFolder, Deleted: true}, item(record.KindPrompt, "ü", `{"id":"ü"}`),
		} {
			_, err := try[store.Page](w, MethodDataImport, store.Page{Records: append(chat("a"), wrong)})
			assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%s %s", wrong.Kind, wrong.Body)
			assert.Empty(t, w.titles(), "of a call with a mistake nothing is kept")
		}
	})
}
