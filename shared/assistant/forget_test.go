package assistant

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/run"
)

// answeredBy sends a message and lets a companion answer it.
func (w *world) answeredBy(kai *fakeRunner, text string) Sent {
	w.t.Helper()
	sent := w.send(text)
	synctest.Wait()
	kai.say(sent.Run, "private")
	kai.end(sent.Run, run.StateDone)
	synctest.Wait()
	return sent
}

func TestAnErasedConversationIsErasedInKaiToo(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		first, second := w.answeredBy(kai, "one"), w.answeredBy(kai, "two")
		ask[Conversation](w, MethodConversationDelete, ByID{ID: first.Conversation.ID})
		synctest.Wait()
		assert.Len(t, kai.knows(), 2, "it can still be restored")
		time.Sleep(UndoWindow + time.Second)
		synctest.Wait()
		assert.Equal(t, []string{second.Run}, kai.knows())
	})
}

func TestDeletingAllErasesTheRunsInKaiAlsoThoseThatGoOn(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		kai.specs["of-another-browser"] = run.Spec{ID: "of-another-browser"}
		w.setKai(kai)
		w.answeredBy(kai, "one")
		going := w.send("two")
		synctest.Wait()
		kai.say(going.Run, "half")
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		synctest.Wait()
		assert.Equal(t, []string{"of-another-browser"}, kai.knows())
	})
}

func TestAnAnswerThatIsAskedForAgainIsErasedWhereItWasMade(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("one")
		synctest.Wait()
		kai.end(sent.Run, run.StateFailed)
		synctest.Wait()
		again := ask[Sent](w, MethodRunRetry, Retry{ID: sent.Answer.ID})
		synctest.Wait()
		assert.Equal(t, []string{again.Run}, kai.knows())
	})
}

// What was deleted while kai was away is erased there when it is back, also by a later life of the browser.
func TestKaiForgetsWhenItIsBack(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		w.answeredBy(kai, "one")
		w.setKai(nil)
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		synctest.Wait()
		assert.Len(t, kai.knows(), 1)
		w.restart()
		w.setKai(kai)
		synctest.Wait()
		assert.Empty(t, kai.knows())
	})
}

func TestAnOldKaiThatCannotForgetIsAtLeastStopped(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		kai.old = true
		w.setKai(kai)
		going := w.send("one")
		synctest.Wait()
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		synctest.Wait()
		assert.Equal(t, []string{going.Run}, kai.stops())
		assert.Len(t, kai.knows(), 1)
	})
}
