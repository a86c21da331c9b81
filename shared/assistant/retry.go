package assistant

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
)

// retry answers the same question again: in place of an answer that failed, was stopped or was interrupted, or beside one
// that stays.
func (a *Assistant) retry(ctx context.Context, in Retry) (Sent, error) {
	answer, err := a.retryable(ctx, in)
	if err != nil {
		return Sent{}, err
	}
	c, err := a.usable(ctx, answer.Body.Conversation)
	if err != nil {
		return Sent{}, err
	}
	t, err := a.chooseAgain(ctx, in, answer.Body, c.Body)
	if err != nil {
		return Sent{}, err
	}
	if in.Tools {
		t.tools = a.offered(ctx, t)
	}
	if err := a.lock(ctx); err != nil {
		return Sent{}, err
	}
	defer a.unlock()
	if answer, err = a.retryable(ctx, in); err != nil {
		return Sent{}, err
	}
	if c, err = a.usable(ctx, answer.Body.Conversation); err != nil {
		return Sent{}, err
	}
	if a.answering(c.Body.ID) {
		return Sent{}, fault.New(fault.Conflict, "an answer is still being made in this conversation").
			WithField("id").WithRemedy("stop it first, or wait for its end")
	}
	return a.askAgain(ctx, c, answer, t, in.Another)
}

// retryable reads an answer that may be asked for again.
func (a *Assistant) retryable(ctx context.Context, in Retry) (kept[Message], error) {
	m, err := get[Message](ctx, a, record.KindMessage, in.ID)
	if err != nil {
		return m, err
	}
	m.Body = a.newest(m)
	switch state := m.Body.State; {
	case state == run.StateRunning:
		return m, fault.New(fault.Conflict, "this answer is still being made").WithField("id").WithRemedy("stop it first")
	case state == "", state == run.StateDone && !in.Another:
		return m, fault.New(fault.Invalid, "this message is not an answer that went wrong").WithField("id").
			WithRemedy("ask in a new message")
	}
	return m, nil
}

// chooseAgain keeps to the service and model of the first try unless others were asked for or they are gone.
func (a *Assistant) chooseAgain(ctx context.Context, in Retry, m Message, c Conversation) (target, error) {
	id, model := in.Service, in.Model
	if id == "" {
		if _, err := get[Service](ctx, a, record.KindService, m.Service); err == nil {
			id = m.Service
		}
	}
	if model == "" && id == m.Service {
		model = m.Model
	}
	return a.choose(ctx, id, model, c)
}

func (a *Assistant) askAgain(ctx context.Context, c kept[Conversation], answer kept[Message], t target, another bool) (Sent, error) {
	history, err := a.history(ctx, c.Body, answer.Body.ID)
	if err != nil {
		return Sent{}, err
	}
	history = history[:max(0, len(history)-1)] // without the answer itself
	if len(history) == 0 || history[len(history)-1].Role != "user" {
		return Sent{}, fault.New(fault.NotFound, "the question of this answer is gone").WithField("id").
			WithRemedy("ask again in a new message")
	}
	question := history[len(history)-1]
	chat, err := a.prompt(ctx, t, c.Body, history)
	if err != nil {
		return Sent{}, err
	}
	old := answer.Body
	c.Body.Updated = max(c.Body.Updated, a.stamp())
	answer.Body = Message{ID: old.ID, Conversation: old.Conversation, Parent: question.ID, Role: old.Role, Created: old.Created}
	var gone []draft
	if another {
		answer.Version, answer.Body.ID, answer.Body.Created = "", a.newID(old.ID), c.Body.Updated
		c.Body.Branch = answer.Body.ID
	} else {
		gone = []draft{{record.KindRun, old.Run, nil, a.versionOf(ctx, record.KindRun, old.Run)}}
	}
	started, err := a.begin(ctx, c, answer, t, chat, gone...)
	if err == nil && !another {
		a.abandon(func(f *follower) bool { return f.id == old.Run })
		a.spawn(a.forgetErased)
	}
	return Sent{started.conversation, question, started.answer, started.run}, err
}
