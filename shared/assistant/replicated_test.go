package assistant

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// elsewhere writes records as an exchange does, stamped by another device.
func (w *world) elsewhere(records ...record.Record) {
	w.t.Helper()
	batch := make([]store.Write, len(records))
	for i, r := range records {
		batch[i] = store.Put(r)
	}
	_, err := w.a.Replicated().Apply(context.Background(), batch...)
	require.NoError(w.t, err)
}

// recordOf is a body written by another device, newer than everything here.
func recordOf(w *world, kind record.Kind, id string, body any) record.Record {
	w.t.Helper()
	r := record.Record{Kind: kind, ID: id, Version: w.clock.Next()[:18] + "elsewhere", Deleted: body == nil}
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(w.t, err)
		r.Body = text
	}
	return r
}

func TestWhatAnotherDeviceWroteIsShownAndFound(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.search("") // everything is read now
		before := len(w.allNews())
		w.elsewhere(
			recordOf(w, record.KindConversation, "c9", Conversation{ID: "c9", Title: "holidays", Updated: "2026-01-01T00:00:00.000Z"}),
			recordOf(w, record.KindMessage, "m9", Message{ID: "m9", Conversation: "c9", Role: "user", Text: "Where is the marmot?"}),
		)
		assert.Len(t, w.search("marmot"), 1)
		assert.Len(t, w.search("holidays"), 1)
		news := w.allNews()[before:]
		require.Len(t, news, 1)
		assert.Len(t, news[0].Data.Changes, 2)

		w.elsewhere(recordOf(w, record.KindMessage, "m9", nil), recordOf(w, record.KindConversation, "c9", nil))
		assert.Empty(t, w.search("marmot"))
		assert.Empty(t, w.search("holidays"))
	})
}

func TestManyRecordsAtOnceAreToldAsAWhole(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		var all []record.Record
		for i := range maxNewsChanges + 1 {
			id := fmt.Sprintf("m%04d", i)
			all = append(all, recordOf(w, record.KindMessage, id, Message{ID: id, Conversation: "c", Text: "x"}))
		}
		before := len(w.allNews())
		w.elsewhere(all...)
		news := w.allNews()[before:]
		require.Len(t, news, 1)
		assert.True(t, news[0].Data.Reset)
		assert.Empty(t, news[0].Data.Changes)
	})
}

func TestWhatIsWrittenHereAfterwardsIsNewer(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "alpha"}, "beta")
		ahead := recordOf(w, record.KindConversation, sent.Conversation.ID, Conversation{ID: sent.Conversation.ID, Title: "theirs"})
		ahead.Version = record.Version(fmt.Sprintf("%012x-0000-elsewhere", w.now().UnixMilli()+3_600_000))
		w.elsewhere(ahead)
		ask[Conversation](w, MethodConversationRename, Rename{sent.Conversation.ID, "mine"})
		got := ask[Conversation](w, MethodConversationGet, ByID{sent.Conversation.ID})
		assert.Equal(t, "mine", got.Title)
	})
}

func TestARecordFromFarInTheFutureIsRefused(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		r := recordOf(w, record.KindMessage, "m", Message{ID: "m"})
		r.Version = "700000000000-0000-elsewhere"
		_, err := w.a.Replicated().Apply(context.Background(), store.Put(r))
		assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	})
}

func TestAnAnswerBeingMadeDoesNotBringBackWhatWasDeletedElsewhere(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := ask[Sent](w, MethodMessageSend, Send{Text: "tell"})
		w.elsewhere(recordOf(w, record.KindMessage, sent.Answer.ID, nil))
		w.here.say(sent.Run, "too late")
		w.here.end(sent.Run, run.StateDone)
		synctest.Wait()
		got, err := w.store.Get(context.Background(), record.Key{Kind: record.KindMessage, ID: sent.Answer.ID})
		require.NoError(t, err)
		assert.True(t, got[0].Deleted)
	})
}

func TestDeletingEverythingWhileSyncIsOnKeepsItOn(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		assert.False(t, w.a.Syncs())
		ask[Settings](w, MethodSettingsSet, map[string]any{"sync": true, "theme": "dark"})
		assert.True(t, w.a.Syncs())
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		assert.True(t, w.a.Syncs())
		assert.Equal(t, Settings{Theme: "system", Sync: true}, ask[Snapshot](w, MethodSnapshot, Empty{}).Settings)
	})
}

// feed lists what an exchange reads, as "kind id".
func (w *world) feed() []string {
	w.t.Helper()
	feed, err := w.a.Replicated().Changes(context.Background(), 0, store.MaxPage)
	require.NoError(w.t, err)
	var out []string
	for _, r := range feed.Records {
		if r.Kind == record.KindConversation || r.Kind == record.KindMessage {
			out = append(out, string(r.Kind)+" "+r.ID)
		}
	}
	return out
}

func TestAPrivateConversationStaysHere(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		shared := w.answered(Send{Text: "for everybody"}, "yes").Conversation.ID
		secret := w.answered(Send{Text: "for me"}, "yes").Conversation.ID
		all := w.feed()
		require.Len(t, all, 6)
		c := ask[Conversation](w, MethodConversationPrivate, SetPrivate{secret, true})
		assert.True(t, c.Private)
		assert.Len(t, w.feed(), 3)
		assert.Contains(t, w.feed(), "conversation "+shared)

		w.restart()
		assert.Len(t, w.feed(), 3, "it is known in the next life too")

		ask[Conversation](w, MethodConversationPrivate, SetPrivate{secret, false})
		assert.ElementsMatch(t, all, w.feed())
		end := w.feed()[3:]
		assert.Contains(t, end, "conversation "+secret, "it stands behind what was read before")
		assert.Len(t, end, 3)
	})
}

// Another device may have had it before it became private: what is done with it there is not done here.
func TestWhatIsDoneElsewhereDoesNotTouchAPrivateConversation(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "mine"}, "yes")
		ask[Conversation](w, MethodConversationPrivate, SetPrivate{sent.Conversation.ID, true})
		won, err := w.a.Replicated().Apply(context.Background(),
			store.Put(recordOf(w, record.KindConversation, sent.Conversation.ID, Conversation{ID: sent.Conversation.ID, Title: "theirs"})),
			store.Put(recordOf(w, record.KindMessage, sent.Message.ID, nil)),
			store.Put(recordOf(w, record.KindMessage, "m9", Message{ID: "m9", Conversation: sent.Conversation.ID, Role: "user", Text: "theirs"})),
			store.Put(recordOf(w, record.KindMessage, "m8", Message{ID: "m8", Conversation: "c8", Role: "user", Text: "another"})),
		)
		require.NoError(t, err)
		assert.Equal(t, []bool{false, false, false, true}, won.Won)
		assert.Equal(t, "mine", ask[Conversation](w, MethodConversationGet, ByID{sent.Conversation.ID}).Title)
		assert.Len(t, ask[MessagePage](w, MethodMessageList, ListMessages{Conversation: sent.Conversation.ID}).Messages, 2)
	})
}
