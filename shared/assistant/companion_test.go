package assistant

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

func TestTheCompanionMakesTheAnswerWhenItIsThere(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("x")
		synctest.Wait()
		assert.Equal(t, WhereKai, ask[Snapshot](w, MethodSnapshot, Empty{}).Runs[0].Where)
		assert.Equal(t, sent.Run, kai.spec(sent.Run).ID)
		assert.Equal(t, 0, w.here.starts)
	})
}

func TestTheCompanionIsNotAskedForAModelInsideTheBrowser(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.setKai(newFakeRunner())
		inside := w.connect(service.BuiltIn, "http://built-in.invalid")
		ask[Sent](w, MethodMessageSend, Send{Text: "x", Service: inside.ID, Model: "tiny"})
		synctest.Wait()
		assert.Equal(t, WhereRuntime, ask[Snapshot](w, MethodSnapshot, Empty{}).Runs[0].Where)
		assert.Equal(t, 1, w.here.starts)
	})
}

func TestAnAnswerInTheCompanionSurvivesTheRuntime(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("x")
		synctest.Wait()
		kai.say(sent.Run, "one ")
		time.Sleep(time.Second)
		w.setKai(nil)
		w.restart()
		kai.say(sent.Run, "two ")
		time.Sleep(10 * time.Second)
		assert.Equal(t, run.StateRunning, w.stored(sent.Answer.ID).State, "the companion may be back any moment")
		ahead := w.attach(sent.Run, 0)
		w.setKai(kai)
		kai.say(sent.Run, "three")
		kai.end(sent.Run, run.StateDone)
		require.NoError(t, <-ahead.done)
		synctest.Wait()
		assert.Equal(t, "one two three", ahead.text())
		assert.Equal(t, "one two three", w.stored(sent.Answer.ID).Text)
		assert.Equal(t, run.StateDone, w.stored(sent.Answer.ID).State)
	})
}

func TestAViewThatSawMoreThanTheDiskGoesOnExactly(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("x")
		synctest.Wait()
		kai.say(sent.Run, "a", "b", "c")
		time.Sleep(time.Second)
		require.NoError(t, w.a.Close(t.Context()))
		kai.say(sent.Run, "d", "e")
		w.start()
		kai.say(sent.Run, "f")
		w.setKai(kai)
		l := w.attach(sent.Run, 4) // it had seen "abcd" before the runtime died
		kai.end(sent.Run, run.StateDone)
		require.NoError(t, <-l.done)
		assert.Equal(t, "ef", l.text())
	})
}

func TestALostConnectionIsTakenUpAgain(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("x")
		l := w.attach(sent.Run, 0)
		synctest.Wait()
		kai.say(sent.Run, "before ")
		for range 3 { // more than one patience in all, but each gap is short
			kai.setCut(true)
			w.setKai(nil)
			time.Sleep(CompanionPatience - time.Second)
			kai.setCut(false)
			w.setKai(kai)
			kai.say(sent.Run, "again ")
			synctest.Wait()
		}
		kai.end(sent.Run, run.StateDone)
		require.NoError(t, <-l.done)
		assert.Equal(t, "before again again again ", l.text())
	})
}

func TestACompanionThatStaysAwayIsGivenUpAndHealed(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("x")
		synctest.Wait()
		kai.say(sent.Run, "half ")
		synctest.Wait()
		kai.setCut(true)
		w.setKai(nil)
		time.Sleep(CompanionPatience + time.Second)
		m := w.stored(sent.Answer.ID)
		assert.Equal(t, run.StateInterrupted, m.State)
		assert.Equal(t, "half ", m.Text)
		assert.Contains(t, m.Fault.Message, "2 minutes")

		kai.setCut(false)
		kai.say(sent.Run, "whole")
		kai.end(sent.Run, run.StateDone)
		w.setKai(kai)
		time.Sleep(time.Second)
		m = w.stored(sent.Answer.ID)
		assert.Equal(t, run.StateDone, m.State, "it had been finished there all the same")
		assert.Equal(t, "half whole", m.Text)
		assert.Nil(t, m.Fault)
	})
}

func TestACompanionThatForgotTheRunInterruptsIt(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.setKai(newFakeRunner())
		sent := w.send("x")
		synctest.Wait()
		w.kai.say(sent.Run, "half")
		synctest.Wait()
		w.kai.setCut(true)
		w.setKai(nil)
		w.setKai(newFakeRunner())
		time.Sleep(2 * time.Second)
		assert.Equal(t, run.StateInterrupted, w.stored(sent.Answer.ID).State)
		assert.Equal(t, "half", w.stored(sent.Answer.ID).Text)
	})
}

func TestACompanionRestartedBeforeTheFirstWordIsAskedAgain(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.setKai(newFakeRunner())
		sent := w.send("x")
		synctest.Wait()
		w.kai.setCut(true)
		w.setKai(nil)
		fresh := newFakeRunner()
		w.setKai(fresh)
		time.Sleep(2 * time.Second)
		fresh.say(sent.Run, "here")
		fresh.end(sent.Run, run.StateDone)
		synctest.Wait()
		assert.Equal(t, "here", w.stored(sent.Answer.ID).Text)
	})
}

func TestAStopReachesACompanionThatWasAway(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		kai := newFakeRunner()
		w.setKai(kai)
		sent := w.send("x")
		synctest.Wait()
		kai.setCut(true)
		w.setKai(nil)
		ask[Empty](w, MethodRunStop, ByID{sent.Run})
		synctest.Wait()
		assert.Equal(t, run.StateStopped, w.stored(sent.Answer.ID).State)
		kai.setCut(false)
		w.setKai(kai)
		synctest.Wait()
		assert.Equal(t, []string{sent.Run}, kai.stops())
	})
}

func TestCompanionNews(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		before := len(w.allNews())
		w.a.CompanionChanged(t.Context(), CompanionState{State: CompanionConnecting})
		w.a.CompanionChanged(t.Context(), CompanionState{State: CompanionConnecting})
		news := w.allNews()[before:]
		require.Len(t, news, 1, "only what changed is news")
		assert.Equal(t, CompanionConnecting, news[0].Data.Companion.State)
		assert.Equal(t, CompanionConnecting, ask[CompanionState](w, MethodCompanionRetry, Empty{}).State)
	})
}

func TestAnEngineThatRefusesFailsTheAnswerWithItsWords(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.here.setCut(true)
		sent := w.send("x")
		synctest.Wait()
		m := w.stored(sent.Answer.ID)
		assert.Equal(t, run.StateFailed, m.State)
		assert.Equal(t, fault.Unavailable, m.Fault.Code)
	})
}
