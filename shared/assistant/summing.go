package assistant

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// What kai answers, as tasks that outlive whoever asked.
const (
	SummaryWrite  = "summary.write"  // SummaryJob ~ service.Progress -> SummaryEnd; with an id alone it is followed, else begun, again where it was given up
	SummaryForget = "summary.forget" // ByID (the writing's) -> Empty; ends it, too. Without an id, all of them
)

// summing is a summary that is waited for here.
type summing struct {
	*underway
	out Conversation // when it has ended
}

// summarise has the conversation's model write down what was said in all but the newest of it, and keeps that with the conversation.
// Nothing is deleted. It goes on when the view is closed; asked for again, it is followed.
func (a *Assistant) summarise(ctx context.Context, in Summarise, emit func(service.Progress) error) (Conversation, error) {
	if in.Stop {
		return a.editConversation(ctx, in.ID, a.abandonSummary)
	}
	w, err := a.following(in.ID)
	if err != nil {
		return Conversation{}, err
	}
	if err := w.follow(ctx, emit); err != nil {
		return Conversation{}, err
	}
	return w.out, nil
}

// following is the writing for a conversation; it is begun where there is none.
func (a *Assistant) following(conversation string) (*summing, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.alive(); err != nil {
		return nil, err
	}
	if w := a.summaries[conversation]; w != nil {
		return w, nil
	}
	ctx, stop := context.WithCancel(a.ctx)
	w := &summing{underway: newUnderway(stop)}
	a.summaries[conversation] = w
	a.group.Go(func() {
		defer stop()
		out, err := a.sumUp(ctx, conversation, w)
		a.mu.Lock()
		delete(a.summaries, conversation)
		a.mu.Unlock()
		w.out = out
		w.end(err)
	})
	return w, nil
}

// sumUp follows the writing that the conversation tells of, or begins one. An error leaves the mark: it may go on without us.
func (a *Assistant) sumUp(ctx context.Context, conversation string, w *summing) (Conversation, error) {
	c, err := a.usable(ctx, conversation)
	if err != nil {
		return Conversation{}, err
	}
	id := a.deps.NewID()
	var end SummaryEnd
	err = notAtKai()
	if mark := c.Body.Summing; mark != nil {
		if id = mark.ID; mark.Fault == nil {
			end, err = a.atKai(ctx, SummaryJob{ID: id}, w)
		}
	}
	if fault.CodeOf(err) == fault.NotFound {
		end, err = a.beginSummary(ctx, c.Body, id, w)
	}
	if err != nil {
		return Conversation{}, err
	}
	return a.KeepSummary(ctx, conversation, id, end)
}

// beginSummary has kai write, or does it here.
func (a *Assistant) beginSummary(ctx context.Context, was Conversation, id string, w *summing) (end SummaryEnd, err error) {
	job, err := a.summaryJob(ctx, was)
	if err != nil {
		end.Fault = fault.Public(err)
		return end, nil
	}
	job.ID = id
	_, err = a.editConversation(ctx, was.ID, func(c *Conversation) error {
		if was.Summing != nil && c.Summing == nil {
			return fault.New(fault.Canceled, "it was stopped, or has come meanwhile")
		}
		c.Summing = &Summing{ID: id}
		return nil
	})
	if err != nil {
		return end, err
	}
	end, err = a.atKai(ctx, job, w)
	if code := fault.CodeOf(err); code != fault.NotFound && code != fault.Unsupported { // an older kai writes none
		return end, err
	}
	for err = nil; err == nil && len(job.Messages) > 0; {
		err = job.Step(ctx, a.deps.Gateway, w.tell)
	}
	end.Summary, end.Fault = Summary{job.Notes, job.Upto}, fault.Public(err)
	return end, ctx.Err()
}

func notAtKai() error { return fault.New(fault.NotFound, "kai is not connected") }

// atKai has kai write, or follows it; fault.NotFound when there is no kai, or it knows of no such writing.
func (a *Assistant) atKai(ctx context.Context, job SummaryJob, w *summing) (end SummaryEnd, err error) {
	kai := a.deps.Summaries()
	if kai == nil {
		return end, notAtKai()
	}
	err = kai.Stream(ctx, SummaryWrite, job, func(text json.RawMessage) error {
		var p service.Progress
		err := json.Unmarshal(text, &p)
		w.tell(p)
		return err
	}, &end)
	return end, err
}

// KeepSummary gives a conversation what came of a writing, while it waits for that, and lets kai forget it.
func (a *Assistant) KeepSummary(ctx context.Context, conversation, id string, end SummaryEnd) (Conversation, error) {
	f := end.Fault
	out, err := a.editConversation(ctx, conversation, func(c *Conversation) error {
		if c.Summing == nil || c.Summing.ID != id {
			return nil
		}
		c.Summing = nil
		if f == nil {
			c.Summary = &end.Summary
		} else if f.Code != fault.Canceled {
			c.Summing = &Summing{id, f}
		}
		return nil
	})
	if err == nil && f != nil {
		return out, f
	}
	a.forgetSummary(id)
	return out, err
}

// abandonSummary ends the writing for a conversation, which has no use for it any more.
func (a *Assistant) abandonSummary(c *Conversation) error {
	a.mu.Lock()
	w := a.summaries[c.ID]
	a.mu.Unlock()
	if w != nil {
		w.stop()
	}
	if c.Summing != nil {
		a.forgetSummary(c.Summing.ID)
		c.Summing = nil
	}
	return nil
}

// forgetSummary has kai end a writing, or all, and remove what it keeps of it. Where that fails it does so after a week.
func (a *Assistant) forgetSummary(id string) {
	a.spawn(func(ctx context.Context) {
		if kai := a.deps.Summaries(); kai != nil {
			_ = kai.Stream(ctx, SummaryForget, ByID{id}, nil, nil)
		}
	})
}
