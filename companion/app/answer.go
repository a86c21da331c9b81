package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// A question of another kai becomes a task of the kind prompt, so it shows in kai tasks and its conversation stays here.
const (
	lookEvery  = 200 * time.Millisecond // at the task of a question
	cancelTime = 5 * time.Second
)

// answerPeer answers a question of another kai, until ctx ends. What fails once is not tried again: somebody waits.
func (a *App) answerPeer(ctx context.Context, from federation.Peer, in klp.TaskRequest) (string, error) {
	if a.Locked() {
		return "", fault.New(fault.Unavailable, "its vault is locked").WithRemedy("have its owner unlock it")
	}
	q, err := a.tasks()
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(chores.Prompt{Text: in.Prompt})
	if err != nil {
		return "", err
	}
	added, err := q.Add(ctx, queue.Spec{Kind: chores.KindPrompt, Body: body, Key: "klp " + from.ID.Short() + " " + in.Task[:min(len(in.Task), 100)]})
	if err != nil {
		return "", err
	}
	a.log("federation").Info("another kai asks", "name", from.Name, "task", added[0].ID)
	done, err := await(ctx, q, added[0].ID)
	if err != nil {
		return "", err
	}
	return a.answerOf(ctx, done)
}

// await looks at a task until its first try has ended.
func await(ctx context.Context, q queue.Queue, id int64) (queue.Task, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return queue.Task{}, giveUp(ctx, q, id, fault.New(fault.Timeout, "there was no answer in time"))
		case <-tick.C:
		}
		t, err := q.Get(ctx, id)
		switch {
		case err != nil:
			return t, err
		case t.State == queue.Done:
			return t, nil
		case t.State == queue.Canceled:
			return t, fault.New(fault.Canceled, "the person there stopped it")
		case t.State == queue.Dead && t.Fault != nil:
			return t, t.Fault
		case t.State == queue.Waiting && t.Fault != nil:
			return t, giveUp(ctx, q, id, t.Fault)
		}
	}
}

// giveUp ends a task that nobody waits for any more, and answers why.
func giveUp(ctx context.Context, q queue.Queue, id int64, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer cancel()
	_, _ = q.Cancel(ctx, id) // it may have ended just now
	return why
}

// answerOf reads what a prompt was answered.
func (a *App) answerOf(ctx context.Context, t queue.Task) (string, error) {
	var asked chores.Asked
	if err := json.Unmarshal(t.Note, &asked); err != nil {
		return "", fault.Wrap(fault.Internal, err, "reading the note of a prompt")
	}
	page, err := protocol.Ask[assistant.MessagePage](ctx, a.prompts().Assistant, assistant.MethodMessageList, assistant.ListMessages{Conversation: asked.Conversation})
	if err != nil {
		return "", err
	}
	for _, m := range page.Messages {
		if m.ID == asked.Answer {
			return m.Text, nil
		}
	}
	return "", fault.New(fault.NotFound, "the answer was deleted before it was sent")
}
