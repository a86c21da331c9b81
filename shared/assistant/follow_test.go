package assistant

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
)

// listener is a view that follows a run.
type listener struct {
	mu     sync.Mutex // guards deltas
	deltas []run.Delta
	done   chan error
}

func (w *world) attach(id string, from int64) *listener {
	l := &listener{done: make(chan error, 1)}
	go func() {
		_, err := tryEmit[Empty](w, MethodRunAttach, Attach{Run: id, From: from}, func(_ context.Context, chunk any) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.deltas = append(l.deltas, chunk.(run.Delta))
			return nil
		})
		l.done <- err
	}()
	return l
}

func (l *listener) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, d := range l.deltas {
		b.WriteString(d.Text)
	}
	return b.String()
}

func (l *listener) last() run.Delta {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deltas[len(l.deltas)-1]
}

func TestAViewFollowsFromWhereverItIs(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		w.here.say(sent.Run, "a", "b", "c", "d")
		synctest.Wait()
		for from := range int64(5) {
			l := w.attach(sent.Run, from)
			synctest.Wait()
			assert.Equal(t, "abcd"[from:], l.text())
		}
		early, late := w.attach(sent.Run, 0), w.attach(sent.Run, 4)
		w.here.say(sent.Run, "e")
		synctest.Wait()
		w.here.end(sent.Run, run.StateDone)
		require.NoError(t, <-early.done)
		require.NoError(t, <-late.done)
		assert.Equal(t, "abcde", early.text())
		assert.Equal(t, "e", late.text())
		assert.Equal(t, run.StateDone, late.last().State)
		assert.Equal(t, int64(6), late.last().N)
	})
}

func TestAnEndedRunIsReplayedFromItsMessage(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.answered(Send{Text: "x"}, "whole answer")
		time.Sleep(time.Hour) // the follower is gone by now
		whole := w.attach(sent.Run, 0)
		require.NoError(t, <-whole.done)
		assert.Equal(t, "whole answer", whole.text())
		assert.Equal(t, run.StateDone, whole.last().State)
		ahead := w.attach(sent.Run, 9)
		require.NoError(t, <-ahead.done)
		assert.Empty(t, ahead.text())
		assert.Equal(t, int64(10), ahead.last().N, "a view drops numbers that it has seen")
		assert.Equal(t, fault.NotFound, fault.CodeOf(<-w.attach("unknown", 0).done))
		assert.Equal(t, fault.Invalid, fault.CodeOf(<-w.attach(sent.Run, -1).done))
	})
}

func TestAClosedViewDoesNotStopItsAnswer(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ctx, closeView := context.WithCancel(context.Background())
		sent := w.send("x")
		go func() {
			_, _ = w.a.serve(ctx, call{MethodRunAttach, []byte(`{"run":"` + sent.Run + `"}`), func(context.Context, any) error { return nil }})
		}()
		synctest.Wait()
		closeView()
		w.here.say(sent.Run, "still here")
		w.here.end(sent.Run, run.StateDone)
		synctest.Wait()
		assert.Equal(t, "still here", w.messages(sent.Conversation.ID)[1].Text)
	})
}

func TestAGrowingAnswerReachesTheStoreFourTimesASecond(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		before := len(w.allNews())
		for range 100 {
			w.here.say(sent.Run, "t")
			time.Sleep(20 * time.Millisecond)
		}
		news := len(w.allNews()) - before
		assert.InDelta(t, 8, news, 1, "2 seconds of answer")
		assert.GreaterOrEqual(t, len(w.stored(sent.Answer.ID).Text), 85)
		w.here.end(sent.Run, run.StateDone)
		synctest.Wait()
		assert.Len(t, w.stored(sent.Answer.ID).Text, 100, "the end is written at once")
	})
}

func TestStoppingKeepsWhatHadArrived(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		w.here.say(sent.Run, "half")
		synctest.Wait()
		ask[Empty](w, MethodRunStop, ByID{sent.Run})
		synctest.Wait()
		m := w.stored(sent.Answer.ID)
		assert.Equal(t, run.StateStopped, m.State)
		assert.Equal(t, "half", m.Text)
		ask[Empty](w, MethodRunStop, ByID{sent.Run})
		_, err := try[Empty](w, MethodRunStop, ByID{"unknown"})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		w.send("and on")
	})
}

func TestAStopThatTheRunnerIgnoresEndsHereAllTheSame(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		synctest.Wait()
		w.here.stop = func(string) error { return nil }
		l := w.attach(sent.Run, 0)
		ask[Empty](w, MethodRunStop, ByID{sent.Run})
		require.NoError(t, <-l.done)
		assert.Equal(t, run.StateStopped, l.last().State)
		w.here.say(sent.Run, "late")
		synctest.Wait()
		assert.Empty(t, w.messages(sent.Conversation.ID)[1].Text)
	})
}

func TestAListReadBeforeTheEndWasWrittenShowsTheEnd(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		synctest.Wait()
		w.store.read = func() {
			w.store.read = nil
			w.here.say(sent.Run, "whole")
			w.here.end(sent.Run, run.StateDone)
			synctest.Wait()
			require.Equal(t, run.StateDone, w.stored(sent.Answer.ID).State)
		}
		m := w.messages(sent.Conversation.ID)[1]
		assert.Equal(t, "whole", m.Text)
		assert.Equal(t, run.StateDone, m.State)
	})
}

func TestARunThatNeverEndsIsEnded(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		flood := strings.Repeat("y", 1<<20)
		w.here.say(sent.Run, flood, flood, flood, flood, "over")
		synctest.Wait()
		m := w.stored(sent.Answer.ID)
		assert.Equal(t, run.StateFailed, m.State)
		assert.Equal(t, fault.Exhausted, m.Fault.Code)
		assert.Len(t, m.Text, 4<<20, "what came before is kept")
		assert.Equal(t, []string{sent.Run}, w.here.stops(), "no model works for nobody")
	})
}

func TestLyingDeltas(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		synctest.Wait()
		f := w.a.follower(sent.Run)
		require.NoError(t, f.add(run.Delta{N: 1, Text: "a"}))
		require.NoError(t, f.add(run.Delta{N: 1, Text: "again"}))
		require.NoError(t, f.add(run.Delta{N: 0, Text: "zero"}))
		require.NoError(t, f.add(run.Delta{N: -5, Text: "minus"}))
		require.NoError(t, f.add(run.Delta{N: 4, Text: "b", State: "sideways"}))
		require.NoError(t, f.add(run.Delta{N: 5, Text: "after the end"}))
		m := f.message()
		assert.Equal(t, "ab", m.Text)
		assert.Equal(t, run.StateFailed, m.State)
		assert.Equal(t, fault.Malformed, m.Fault.Code)
	})
}

func TestARunOfADeadRuntimeIsInterruptedWithWhatWasKept(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		w.here.say(sent.Run, "kept")
		time.Sleep(time.Second)
		w.restart()
		synctest.Wait()
		m := w.stored(sent.Answer.ID)
		assert.Equal(t, run.StateInterrupted, m.State)
		assert.Equal(t, "kept", m.Text)
		assert.NotEmpty(t, m.Fault.Remedy)
		l := w.attach(sent.Run, 5)
		require.NoError(t, <-l.done)
		assert.Equal(t, run.StateInterrupted, l.last().State, "a view that saw more than the disk learns of the end")
		assert.Greater(t, l.last().N, int64(5))
		w.send("go on")
	})
}

func TestARunWithoutItsMessageIsForgotten(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		synctest.Wait()
		require.NoError(t, w.a.Close(t.Context()))
		w.a.corpus.reset()
		_, err := w.a.commit(t.Context(), NewsData{}, draft{"message", sent.Answer.ID, nil, w.a.versionOf(t.Context(), "message", sent.Answer.ID)})
		require.NoError(t, err)
		w.here = newFakeRunner()
		w.start()
		synctest.Wait()
		_, err = get[RunRecord](t.Context(), w.a, "run", sent.Run)
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		assert.Empty(t, ask[Snapshot](w, MethodSnapshot, Empty{}).Runs)
	})
}

func TestAWriteThatWaitedDoesNotBringAnErasedMessageBack(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		sent := w.send("x")
		synctest.Wait()
		require.NoError(t, w.a.lock(t.Context()))
		w.here.say(sent.Run, "word")
		time.Sleep(time.Second) // the writer waits for the lock by now
		w.a.abandon(func(*follower) bool { return true })
		_, err := w.a.commit(t.Context(), NewsData{}, draft{"message", sent.Answer.ID, nil, w.a.versionOf(t.Context(), "message", sent.Answer.ID)})
		require.NoError(t, err)
		w.a.unlock()
		time.Sleep(time.Minute)
		assert.Equal(t, 1, w.alive("message"), "only the question")
	})
}
