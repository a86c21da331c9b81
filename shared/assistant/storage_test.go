package assistant

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

func (w *world) lastStorage() *StorageState {
	var last *StorageState
	for _, n := range w.allNews() {
		if n.Data.Storage != nil {
			last = n.Data.Storage
		}
	}
	return last
}

func TestAFullDiskIsToldAtOnceAndLosesNothing(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		w.here.say(sent.Run, "before ")
		time.Sleep(time.Second)
		w.store.setFail(fault.New(fault.Exhausted, "the disk is full"))
		w.here.say(sent.Run, "during ")
		time.Sleep(time.Second)
		require.NotNil(t, w.lastStorage().Fault, "told while the answer goes on")
		assert.Equal(t, fault.Exhausted, w.lastStorage().Fault.Code)
		assert.NotEmpty(t, w.lastStorage().Fault.Remedy)
		assert.Equal(t, fault.Exhausted, ask[Snapshot](w, MethodSnapshot, Empty{}).Storage.Fault.Code)
		_, err := try[Sent](w, MethodMessageSend, Send{Text: "y"})
		assert.Equal(t, fault.Exhausted, fault.CodeOf(err))
		assert.NotEmpty(t, fault.Public(err).Remedy)

		w.here.say(sent.Run, "end")
		w.here.end(sent.Run, run.StateDone)
		time.Sleep(time.Hour)
		assert.Equal(t, "before ", w.stored(sent.Answer.ID).Text)
		assert.Equal(t, "before during end", w.messages(sent.Conversation.ID)[1].Text, "views see what is in memory")
		ended := 0
		for _, n := range w.allNews() {
			if n.Data.Run != nil && n.Data.Run.State == run.StateDone {
				ended++
			}
		}
		assert.Equal(t, 1, ended, "the end is news, once, though it is not written")

		w.store.setFail(nil)
		time.Sleep(3 * time.Second)
		assert.Equal(t, "before during end", w.stored(sent.Answer.ID).Text)
		assert.Equal(t, run.StateDone, w.stored(sent.Answer.ID).State)
		assert.Nil(t, w.lastStorage().Fault, "and the warning is taken back")
	})
}

func TestClosingWritesWhatIsNotWrittenYet(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		time.Sleep(time.Second)
		w.here.say(sent.Run, "last words")
		synctest.Wait()
		require.NoError(t, w.a.Close(t.Context()))
		assert.Equal(t, "last words", w.stored(sent.Answer.ID).Text)
		_, err := try[Snapshot](w, MethodSnapshot, Empty{})
		assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
		require.NoError(t, w.a.Close(t.Context()), "closing twice is fine")
	})
}

func TestANearlyFullQuotaIsAWarningBeforeAnythingIsLost(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.a.deps.Measure = func(ctxIgnored) (store.Usage, error) {
			return store.Usage{Backend: "indexeddb", Durable: true, Bytes: 96, Quota: 100}, nil
		}
		usage := ask[store.Usage](w, MethodStorageUsage, Empty{})
		assert.Equal(t, int64(96), usage.Bytes)
		require.NotNil(t, w.lastStorage().Fault)
		ask[Conversation](w, MethodConversationRename, Rename{w.send("x").Conversation.ID, "y"})
		assert.NotNil(t, w.lastStorage().Fault, "a write that works does not make room")
	})
}

func TestUsageOfAStoreThatCannotMeasure(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.answered(Send{Text: "x"}, "y")
		usage := ask[store.Usage](w, MethodStorageUsage, Empty{})
		assert.Equal(t, int64(2), usage.Records["message"])
		assert.Equal(t, int64(1), usage.Records["conversation"])
	})
}

func TestStorageChangedIsNews(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.a.StorageChanged(t.Context(), StorageState{Backend: "memory", Durable: false, Fault: fault.New(fault.Unavailable, "a private window")})
		assert.Equal(t, "memory", w.lastStorage().Backend)
		w.send("a write that works")
		assert.Equal(t, "a private window", w.lastStorage().Fault.Message, "it is still one")
	})
}

// Whatever keeps a store from the disk is told with the first write that fails; what is wrong with the write alone is not.
func TestAStoreThatStopsReachingTheDiskIsToldAtOnce(t *testing.T) {
	for code, told := range map[fault.Code]bool{
		fault.Exhausted: true, fault.Fenced: true, fault.Unavailable: true, fault.Internal: true, fault.Timeout: true,
		fault.Conflict: false, fault.Invalid: false, fault.Canceled: false,
	} {
		timeless(t, func(t *testing.T, w *world) {
			conversation := w.answered(Send{Text: "x"}, "y").Conversation.ID
			w.store.setFail(fault.New(code, "for the test"))
			_, err := try[Conversation](w, MethodConversationRename, Rename{conversation, "y"})
			assert.Equal(t, code, fault.CodeOf(err))
			assert.NotEmpty(t, fault.Public(err).Remedy, "%s has no remedy", code)
			last := w.lastStorage()
			if require.Equal(t, told, last != nil && last.Fault != nil, "%s", code); told {
				assert.Equal(t, code, last.Fault.Code)
				assert.NotEmpty(t, last.Fault.Remedy)
			}
			w.store.setFail(nil)
			ask[Conversation](w, MethodConversationRename, Rename{conversation, "z"})
			if last := w.lastStorage(); last != nil {
				assert.Nil(t, last.Fault, "it works again")
			}
		})
	}
}
