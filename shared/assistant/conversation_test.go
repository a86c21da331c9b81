package assistant

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func (w *world) titles() []string {
	var out []string
	for _, c := range ask[ConversationPage](w, MethodConversationList, ListConversations{}).Conversations {
		out = append(out, c.Title)
	}
	return out
}

// alive counts the records of a kind that are not erased.
func (w *world) alive(kind record.Kind) int {
	page, err := w.store.List(context.Background(), store.Query{Kind: kind, Limit: store.MaxPage})
	require.NoError(w.t, err)
	return len(page.Records)
}

func TestConversationsAreListedNewestFirstInPages(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		var want []string
		for i := range 120 {
			time.Sleep(time.Second)
			sent := w.answered(Send{Text: fmt.Sprintf("talk %03d", i)}, "ok")
			if i%3 == 0 {
				ask[Conversation](w, MethodConversationDelete, ByID{sent.Conversation.ID})
				continue
			}
			want = append([]string{sent.Conversation.Title}, want...)
		}
		var got []string
		in := ListConversations{Limit: 7}
		for {
			page := ask[ConversationPage](w, MethodConversationList, in)
			for _, c := range page.Conversations {
				got = append(got, c.Title)
			}
			if in.After = page.Next; in.After == "" {
				break
			}
			assert.Len(t, page.Conversations, 7, "what is in the trash leaves no holes")
		}
		assert.Equal(t, want, got)
		snapshot := ask[Snapshot](w, MethodSnapshot, Empty{})
		assert.Len(t, snapshot.Conversations, SnapshotRows)
		assert.True(t, snapshot.More)
		for _, in := range []ListConversations{{Limit: -1}, {Limit: 501}, {After: "made up"}} {
			_, err := try[ConversationPage](w, MethodConversationList, in)
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
			assert.NotEmpty(t, fault.Public(err).Field)
		}
	})
}

func TestMessagesAreReadFromTheEnd(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "0"}, "a0")
		for i := 1; i < 5; i++ {
			w.answered(Send{Text: fmt.Sprint(i), Conversation: sent.Conversation.ID}, fmt.Sprint("a", i))
		}
		page := ask[MessagePage](w, MethodMessageList, ListMessages{Conversation: sent.Conversation.ID, Limit: 4})
		assert.Equal(t, []string{"3", "a3", "4", "a4"}, textsOf(page.Messages))
		page = ask[MessagePage](w, MethodMessageList, ListMessages{Conversation: sent.Conversation.ID, Limit: 100, Before: page.Next})
		assert.Equal(t, []string{"0", "a0", "1", "a1", "2", "a2"}, textsOf(page.Messages))
		assert.Empty(t, page.Next)
		_, err := try[MessagePage](w, MethodMessageList, ListMessages{Conversation: "none"})
		assert.Equal(t, "conversation", fault.Public(err).Field)
	})
}

func textsOf(messages []Message) []string {
	var out []string
	for _, m := range messages {
		out = append(out, m.Text)
	}
	return out
}

func TestRename(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "first words"}, "ok")
		c := ask[Conversation](w, MethodConversationRename, Rename{sent.Conversation.ID, "  My\ntitle "})
		assert.Equal(t, "My title", c.Title)
		assert.True(t, c.Named)
		again := w.answered(Send{Text: "other words", Conversation: c.ID}, "ok")
		assert.Equal(t, "My title", again.Conversation.Title, "what a person named stays named")
		for _, title := range []string{"", " \n\t", strings.Repeat("é", 201)} {
			_, err := try[Conversation](w, MethodConversationRename, Rename{c.ID, title})
			assert.Equal(t, "title", fault.Public(err).Field)
		}
		_, err := try[Conversation](w, MethodConversationRename, Rename{"none", "x"})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	})
}

func TestDeletingCanBeUndoneForAMinute(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "x"}, "y")
		id := sent.Conversation.ID
		assert.NotEmpty(t, ask[Conversation](w, MethodConversationDelete, ByID{id}).Trashed)
		assert.Empty(t, w.titles())
		_, err := try[Sent](w, MethodMessageSend, Send{Text: "more", Conversation: id})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		_, err = try[Conversation](w, MethodConversationRename, Rename{id, "z"})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		time.Sleep(UndoWindow - time.Second)
		ask[Conversation](w, MethodConversationRestore, ByID{id})
		assert.Equal(t, []string{"x"}, w.titles())
		time.Sleep(time.Hour)
		assert.Len(t, w.messages(id), 2, "restored is restored")
	})
}

func TestAfterTheUndoWindowNothingIsLeft(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kept := w.answered(Send{Text: "keep"}, "y")
		sent := w.answered(Send{Text: "go"}, "y")
		running := ask[Sent](w, MethodMessageSend, Send{Text: "still running", Conversation: sent.Conversation.ID})
		ask[Conversation](w, MethodConversationDelete, ByID{sent.Conversation.ID})
		time.Sleep(UndoWindow + time.Second)
		assert.Equal(t, []string{"keep"}, w.titles())
		assert.Equal(t, 2, w.alive(record.KindMessage))
		assert.Equal(t, 1, w.alive(record.KindRun))
		synctest.Wait()
		assert.Equal(t, []string{kept.Run}, w.here.knows(), "nobody waits for that answer")
		_, err := try[Conversation](w, MethodConversationRestore, ByID{sent.Conversation.ID})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		w.here.say(running.Run, "ghost")
		time.Sleep(time.Minute)
		assert.Equal(t, 2, w.alive(record.KindMessage), "a late word does not bring a message back")
	})
}

func TestOldTrashIsErasedAtTheNextStart(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "x"}, "y")
		ask[Conversation](w, MethodConversationDelete, ByID{sent.Conversation.ID})
		require.NoError(t, w.a.Close(t.Context()))
		time.Sleep(time.Hour)
		assert.Equal(t, 1, w.alive(record.KindConversation))
		w.start()
		synctest.Wait()
		assert.Equal(t, 0, w.alive(record.KindConversation))
		assert.Equal(t, 0, w.alive(record.KindMessage))
	})
}

func TestNewsSaysWhatChangedAndWhoDidIt(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		watched := make(chan News, 100)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go func() {
			_, _ = w.a.serve(ctx, call{MethodWatch, []byte(`{"context":"tab"}`), func(_ context.Context, n any) error {
				watched <- n.(News)
				return nil
			}})
		}()
		synctest.Wait()
		sent := w.send("x")
		n := <-watched
		assert.Equal(t, "state_update", n.Type)
		assert.Equal(t, "popup", n.Context)
		assert.Equal(t, "one", n.Data.Origin)
		assert.NotEmpty(t, n.Data.ID)
		assert.Equal(t, time.Now().UnixMilli(), n.Timestamp)
		assert.Equal(t, sent.Run, n.Data.Run.ID)
		var kinds []string
		for _, c := range n.Data.Changes {
			kinds = append(kinds, string(c.Kind))
		}
		assert.ElementsMatch(t, []string{"conversation", "message", "message", "run", "service"}, kinds)
		text, err := json.Marshal(n)
		require.NoError(t, err)
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &fields))
		assert.Len(t, fields, 4, "exactly type, context, data, timestamp")
		w.here.say(sent.Run, strings.Repeat("long ", MaxNewsBody))
		n = <-watched
		assert.Equal(t, "runtime", n.Context)
		assert.Nil(t, n.Data.Changes[0].Body, "a large body stays at home")
	})
}

func TestAWatcherThatFallsBehindIsToldToStartOver(t *testing.T) {
	h := &hub{}
	w := h.join()
	for range watchDepth + 10 {
		h.publish(News{Type: newsType})
	}
	assert.True(t, (<-w).Data.Reset)
	assert.Len(t, w, 9)
	h.leave(w)
	h.publish(News{})
	assert.Len(t, w, 9)
}

func TestDeleteAllLeavesNothing(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.answered(Send{Text: "secret"}, "y")
		w.send("running")
		synctest.Wait()
		ask[Settings](w, MethodSettingsSet, map[string]string{"theme": "dark"})
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		synctest.Wait()
		for _, spec := range store.Schema() {
			assert.Equal(t, 0, w.alive(spec.Kind), "%s", spec.Kind)
		}
		assert.Empty(t, w.here.knows(), "the runner has stopped and erased")
		news := w.allNews()
		assert.True(t, news[len(news)-1].Data.Reset)
		snapshot := ask[Snapshot](w, MethodSnapshot, Empty{})
		assert.Equal(t, Settings{Theme: "system"}, snapshot.Settings)
		assert.Empty(t, snapshot.Services)
		assert.Empty(t, ask[Found](w, MethodSearch, Search{Words: "secret"}).Hits)
		w.connect("ollama", "http://localhost:11434")
		w.send("a new life")
		assert.Equal(t, "light", ask[Settings](w, MethodSettingsSet, map[string]string{"theme": "light"}).Theme)
	})
}
