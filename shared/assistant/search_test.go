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
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

func (w *world) search(words string) []FoundHit {
	return ask[Found](w, MethodSearch, Search{Words: words}).Hits
}

func TestSearchFindsAllWordsByTheirBeginnings(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "Où est le café de Straße?"}, "Das CAFÉ liegt in der Hauptstraße, gleich links.")
		for words, want := range map[string]int{
			"cafe": 3, "CAFÉ est": 2, "haupt": 1, "links gleich": 1, "fé": 0, "cafe unknown": 0, "strasse": 2, "": 0, " ,.": 0,
		} {
			assert.Len(t, w.search(words), want, words)
		}
		hit := w.search("haupt")[0]
		assert.Equal(t, sent.Answer.ID, hit.Message)
		assert.Equal(t, "assistant", hit.Role)
		assert.Equal(t, sent.Conversation.ID, hit.Conversation.ID)
		assert.Contains(t, hit.Snippet, "Hauptstraße, gleich")
		title := w.search("où est")
		assert.ElementsMatch(t, []string{"", sent.Message.ID}, []string{title[0].Message, title[1].Message})
	})
}

func TestSearchShowsTheNewestFirst(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		for i := range 5 {
			time.Sleep(time.Second)
			w.answered(Send{Text: fmt.Sprintf("needle %d", i)}, "answer")
		}
		var got []string
		for _, hit := range w.search("needle") {
			if hit.Message != "" {
				got = append(got, hit.Snippet)
			}
		}
		assert.Equal(t, []string{"needle 4", "needle 3", "needle 2", "needle 1", "needle 0"}, got)
		assert.Len(t, ask[Found](w, MethodSearch, Search{Words: "needle", Limit: 3}).Hits, 3)
		_, err := try[Found](w, MethodSearch, Search{Words: strings.Repeat("x", 2000)})
		assert.Equal(t, "words", fault.Public(err).Field)
	})
}

func TestSearchFollowsEveryChange(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "alpha"}, "beta")
		w.search("") // the field got the focus: everything is read now
		assert.Len(t, w.search("beta"), 1)
		ask[Conversation](w, MethodConversationRename, Rename{sent.Conversation.ID, "gamma"})
		assert.Len(t, w.search("gamma"), 1)
		assert.Len(t, w.search("alpha"), 1, "only the message now")

		second := ask[Sent](w, MethodMessageSend, Send{Text: "delta", Conversation: sent.Conversation.ID})
		assert.Len(t, w.search("delta"), 1)
		w.here.say(second.Run, "epsilon")
		w.here.end(second.Run, run.StateFailed)
		synctest.Wait()
		assert.Len(t, w.search("epsilon"), 1)
		again := ask[Sent](w, MethodRunRetry, Retry{ID: second.Answer.ID})
		w.here.say(again.Run, "zeta")
		w.here.end(again.Run, run.StateDone)
		synctest.Wait()
		assert.Empty(t, w.search("epsilon"))
		assert.Len(t, w.search("zeta"), 1)

		ask[Conversation](w, MethodConversationDelete, ByID{sent.Conversation.ID})
		assert.Empty(t, w.search("zeta"), "what is in the trash is not found")
		ask[Conversation](w, MethodConversationRestore, ByID{sent.Conversation.ID})
		assert.Len(t, w.search("zeta"), 1)
		ask[Conversation](w, MethodConversationDelete, ByID{sent.Conversation.ID})
		time.Sleep(2 * UndoWindow)
		assert.Empty(t, w.search("zeta"))
		assert.Empty(t, w.a.corpus.docs, "nothing of it stays in memory")
	})
}

func TestAChangeDuringTheFirstLoadIsNotLost(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "old words"}, "answer")
		slow := &slowStore{Store: w.store, gate: make(chan struct{})}
		w.a.deps.Store = slow
		found := make(chan Found)
		go func() { found <- ask[Found](w, MethodSearch, Search{Words: "new"}) }()
		synctest.Wait()
		w.a.deps.Store = w.store
		ask[Conversation](w, MethodConversationRename, Rename{sent.Conversation.ID, "new title"})
		other := w.answered(Send{Text: "new message"}, "answer")
		synctest.Wait()
		close(slow.gate)
		<-found
		assert.Len(t, w.search("new message"), 2)
		assert.Len(t, w.search("new title"), 1)
		assert.Len(t, w.search("old words"), 1)
		assert.NotEmpty(t, other.Run)
	})
}

// slowStore reads lists, then holds them back until its gate opens.
type slowStore struct {
	store.Store
	gate chan struct{}
}

func (s *slowStore) List(ctx context.Context, q store.Query) (store.Page, error) {
	page, err := s.Store.List(ctx, q)
	<-s.gate
	return page, err
}

// manyMessages loads n messages of about 600 bytes, 20 to a conversation.
func manyMessages(t testing.TB, w *world, n int) {
	words := strings.Fields("the quick brown fox jumps over a lazy dog while seventeen curious engineers measure how many " +
		"milliseconds remain until everything about searching ordinary conversations feels instant to whoever is typing")
	var records []record.Record
	add := func(kind record.Kind, id string, body any) {
		text, err := json.Marshal(body)
		require.NoError(t, err)
		records = append(records, record.Record{Kind: kind, ID: id, Version: w.clock.Next(), Body: text})
	}
	var c string
	for i := range n {
		if i%20 == 0 {
			c = w.a.newID()
			now := w.a.stamp()
			add(record.KindConversation, c, Conversation{ID: c, Title: fmt.Sprintf("talk %d", i/20), Created: now, Updated: now})
		}
		var b strings.Builder
		for b.Len() < 590 {
			b.WriteString(words[(i*7+b.Len()*13)%len(words)] + " ")
		}
		fmt.Fprintf(&b, "rare%06d", i)
		id := w.a.newID()
		add(record.KindMessage, id, Message{ID: id, Conversation: c, Role: "user", Text: b.String(), Created: w.a.stamp()})
	}
	require.NoError(t, store.Load(context.Background(), w.store.Store, records))
}

func BenchmarkSearch(b *testing.B) {
	w := newWorld(b)
	manyMessages(b, w, 20000)
	began := time.Now()
	w.search("")
	b.Logf("first load of 20,000 messages: %v", time.Since(began))
	for name, words := range map[string]string{
		"rare": "rare000007", "common": "the", "none": "absent", "several": "quick instant rare0000", "letter": "z",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w.search(words)
			}
		})
	}
}

func TestSearchOfTwentyThousandMessagesIsQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("loads 12 MB")
	}
	w := newWorld(t)
	manyMessages(t, w, 20000)
	w.search("")
	best := time.Hour
	for range 5 {
		began := time.Now()
		require.Empty(t, w.search("absent rare000007"))
		best = min(best, time.Since(began))
	}
	assert.Less(t, best, 100*time.Millisecond)
}
