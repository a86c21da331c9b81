package assistant

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

// view asks for a summary as a view does that can be closed. What it is told and answered comes in the channels.
func (w *world) view(id string) (told chan service.Progress, answer chan error, closed context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	body, err := json.Marshal(Summarise{ID: id})
	require.NoError(w.t, err)
	told, answer = make(chan service.Progress, 100), make(chan error, 1)
	go func() {
		_, err := w.a.serve(ctx, call{MethodConversationSummarise, body, func(_ context.Context, v any) error { told <- v.(service.Progress); return nil }})
		answer <- err
	}()
	return told, answer, cancel
}

// slow makes the model wait for a word of the test before it writes.
func (w *world) slow(text string) (goOn chan struct{}) {
	goOn = make(chan struct{})
	w.gateway.chatContext = func(ctx context.Context, emit func(service.ChatDelta) error) (service.ChatResult, error) {
		if err := emit(service.ChatDelta{Text: text}); err != nil {
			return service.ChatResult{}, err
		}
		select {
		case <-goOn:
			return service.ChatResult{Reason: "stop"}, nil
		case <-ctx.Done():
			return service.ChatResult{}, ctx.Err()
		}
	}
	return goOn
}

func (w *world) conversation(id string) Conversation {
	return ask[Conversation](w, MethodConversationGet, ByID{ID: id})
}

func TestASummaryIsWrittenAlsoWhenTheViewIsClosed(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		c := w.long(4)
		goOn := w.slow("The cat is Ada.")
		_, answer, closed := w.view(c.ID)
		synctest.Wait()
		require.NotNil(t, w.conversation(c.ID).Summing, "other views see that it is written")
		closed()
		assert.Equal(t, fault.Canceled, fault.CodeOf(<-answer))

		told, second, _ := w.view(c.ID) // it is opened again
		assert.Equal(t, service.Progress{Status: "reading", Completed: 2, Total: 2}, <-told, "and sees how far it is")
		close(goOn)
		require.NoError(t, <-second)
		kept := w.conversation(c.ID)
		assert.Equal(t, "The cat is Ada.", kept.Summary.Text)
		assert.Nil(t, kept.Summing)
	})
}

func TestTheWritingOfASummaryCanBeStopped(t *testing.T) {
	for name, stop := range map[string]func(w *world, id string){
		"by a person": func(w *world, id string) {
			ask[Conversation](w, MethodConversationSummarise, Summarise{ID: id, Stop: true})
		},
		"by deleting the conversation": func(w *world, id string) { ask[Conversation](w, MethodConversationDelete, ByID{ID: id}) },
	} {
		timeless(t, func(t *testing.T, w *world) {
			c := w.long(4)
			w.slow("never")
			_, answer, _ := w.view(c.ID)
			synctest.Wait()
			stop(w, c.ID)
			require.Equal(t, fault.Canceled, fault.CodeOf(<-answer), name)
			assert.Nil(t, w.conversation(c.ID).Summing, name)
			assert.Nil(t, w.conversation(c.ID).Summary, name)
		})
	}
}

// kaiStandIn stands for kai: it writes when the test says so.
type kaiStandIn struct {
	jobs      map[string]SummaryJob
	end       chan SummaryEnd
	forgotten []string
	broken    error
}

func (k *kaiStandIn) Call(ctx context.Context, method string, in, out any) error {
	return k.Stream(ctx, method, in, nil, out)
}

func (k *kaiStandIn) Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error {
	if k.broken != nil {
		return k.broken
	}
	switch method {
	case SummaryForget:
		k.forgotten = append(k.forgotten, in.(ByID).ID)
		delete(k.jobs, in.(ByID).ID)
	case SummaryWrite:
		job := in.(SummaryJob)
		if job.Conversation != "" {
			k.jobs[job.ID] = job
		} else if _, known := k.jobs[job.ID]; !known {
			return fault.New(fault.NotFound, "unknown")
		}
		if err := each(json.RawMessage(`{"status":"reading","completed":1,"total":4}`)); err != nil {
			return err
		}
		select {
		case *out.(*SummaryEnd) = <-k.end:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (w *world) withKai() *kaiStandIn {
	k := &kaiStandIn{jobs: map[string]SummaryJob{}, end: make(chan SummaryEnd)}
	w.a.deps.Summaries = func() run.Caller { return k }
	return k
}

func TestKaiWritesTheSummary(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		c, k := w.long(4), w.withKai()
		told, _, closed := w.view(c.ID)
		assert.Equal(t, service.Progress{Status: "reading", Completed: 1, Total: 4}, <-told)
		id := w.conversation(c.ID).Summing.ID
		job := k.jobs[id]
		assert.Equal(t, c.ID, job.Conversation)
		require.Len(t, job.Messages, 2)
		assert.Contains(t, job.Messages[0], "user: My cat is Ada.")
		closed()

		w.restart() // the browser was closed, too
		w.a.deps.Summaries = func() run.Caller { return k }
		_, answer, _ := w.view(c.ID)
		k.end <- SummaryEnd{Summary: Summary{"The cat is Ada.", job.Upto}}
		require.NoError(t, <-answer)
		synctest.Wait()
		assert.Equal(t, &Summary{"The cat is Ada.", job.Upto}, w.conversation(c.ID).Summary)
		assert.Equal(t, []string{id}, k.forgotten, "kai keeps nothing that was fetched")
	})
}

func TestWhatKaiCannotSumUpIsShownAndTriedAgain(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		c, k := w.long(4), w.withKai()
		_, answer, _ := w.view(c.ID)
		k.end <- SummaryEnd{Fault: fault.New(fault.Unavailable, "Ollama is away")}
		require.ErrorContains(t, <-answer, "Ollama is away")
		mark := w.conversation(c.ID).Summing
		assert.Equal(t, "Ollama is away", mark.Fault.Message)
		assert.Empty(t, k.forgotten)

		_, answer, _ = w.view(c.ID)
		synctest.Wait()
		k.end <- SummaryEnd{Summary: Summary{"Ada", k.jobs[mark.ID].Upto}}
		require.NoError(t, <-answer)
		assert.Equal(t, "Ada", w.conversation(c.ID).Summary.Text)
	})
}

func TestASummaryOutlivesALostKai(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		c, k := w.long(4), w.withKai()
		k.broken = fault.New(fault.Unavailable, "kai ended the connection")
		_, answer, _ := w.view(c.ID)
		require.ErrorContains(t, <-answer, "kai ended")
		mark := w.conversation(c.ID).Summing
		require.NotNil(t, mark, "it is taken up once kai is back")
		assert.Nil(t, mark.Fault)

		k.broken = nil
		_, answer, _ = w.view(c.ID)
		k.end <- SummaryEnd{Summary: Summary{"Ada", "m"}}
		require.NoError(t, <-answer)
	})
}

func TestAnOlderKaiWritesNoSummaries(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		c, k := w.long(4), w.withKai()
		k.broken = fault.New(fault.Unsupported, "not known on this side")
		w.writes("Ada")
		out, err := w.summarise(c.ID)
		require.NoError(t, err)
		assert.Equal(t, "Ada", out.Summary.Text)
	})
}
