package chores

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
)

// KindPrompt is the kind of questions that kai asks at times that a person set.
const KindPrompt = "prompt"

const (
	maxPrompt   = 64 << 10 // bytes
	promptTries = 8        // with pauses from a minute to an hour: a computer that was just started has its model server soon
	promptTime  = 2 * time.Hour
	stopTime    = 10 * time.Second
)

// Prompt is the body of a prompt: the question, and who answers; empty for the defaults.
type Prompt struct {
	Text    string `json:"text"`
	Service string `json:"service,omitempty"` // id or name
	Model   string `json:"model,omitempty"`
}

// Check holds it against what it may be.
func (p Prompt) Check() error {
	switch {
	case strings.TrimSpace(p.Text) == "":
		return fault.New(fault.Invalid, "there is no question").WithField("text").WithRemedy("write what to ask")
	case len(p.Text) > maxPrompt:
		return fault.New(fault.Invalid, "a question has at most %d KB", maxPrompt>>10).WithField("text").WithRemedy("shorten it")
	}
	return nil
}

// Asked is what a prompt notes: the conversation that it began, and the answer in it.
type Asked struct {
	Conversation string `json:"conversation"`
	Answer       string `json:"answer"`
	Run          string `json:"run"`
}

// Prompts asks the assistant by the same methods as a view.
type Prompts struct{ Assistant protocol.Handler }

// Kind is that of the prompts.
func (p Prompts) Kind() queue.Kind {
	return queue.Kind{Name: KindPrompt, Tries: promptTries, Pause: time.Minute, Timeout: promptTime, Do: p.do}
}

// do asks in a new conversation and waits for the answer. A later try asks again in that conversation.
func (p Prompts) do(ctx context.Context, w *queue.Work) error {
	var body Prompt
	if err := errors.Join(w.Decode(&body), body.Check()); err != nil {
		return err
	}
	asked, over, err := p.ask(ctx, w, body)
	if err != nil || over {
		return err
	}
	if err := w.Note(ctx, asked); err != nil {
		return err
	}
	end, err := p.follow(ctx, w, asked.Run)
	switch {
	case err != nil:
		return errors.Join(err, p.stop(ctx, asked.Run))
	case end.State == run.StateFailed && end.Fault != nil:
		return end.Fault
	case end.State == run.StateInterrupted:
		return fault.New(fault.Unavailable, "kai ended while the answer was made")
	}
	return nil // done, or stopped by the person
}

// ask begins an answer, or finds the one that an earlier try began; over is true when there is nothing left to do.
func (p Prompts) ask(ctx context.Context, w *queue.Work, body Prompt) (asked Asked, over bool, err error) {
	if !w.Noted(&asked) {
		service, err := p.service(ctx, body.Service)
		if err != nil {
			return asked, false, err
		}
		sent, err := protocol.Ask[assistant.Sent](ctx, p.Assistant, assistant.MethodMessageSend, assistant.Send{Text: body.Text, Service: service, Model: body.Model})
		return noteOf(sent), false, err
	}
	sent, err := protocol.Ask[assistant.Sent](ctx, p.Assistant, assistant.MethodRunRetry, assistant.Retry{ID: asked.Answer})
	switch fault.CodeOf(err) {
	case "":
		return noteOf(sent), false, nil
	case fault.Conflict: // it is still being made
		return asked, false, nil
	case fault.Invalid, fault.NotFound: // it is whole, or the person has deleted it
		return asked, true, nil
	}
	return asked, false, err
}

func noteOf(s assistant.Sent) Asked { return Asked{s.Conversation.ID, s.Answer.ID, s.Run} }

// service finds a connected service by its id or name.
func (p Prompts) service(ctx context.Context, named string) (string, error) {
	if named == "" {
		return "", nil
	}
	s, err := protocol.Ask[assistant.Snapshot](ctx, p.Assistant, assistant.MethodSnapshot, assistant.Empty{})
	if err != nil {
		return "", err
	}
	var names []string
	for _, v := range s.Services {
		if v.ID == named || strings.EqualFold(v.Name, named) {
			return v.ID, nil
		}
		names = append(names, v.Name)
	}
	f := fault.New(fault.NotFound, "no connected model server is called %.80q", named).WithField("service").WithRemedy("connect one in the settings")
	if len(names) > 0 {
		f = f.WithRemedy("there are: %s", strings.Join(names, ", "))
	}
	return "", f
}

// Known refuses a service that is not connected.
func (p Prompts) Known(ctx context.Context, named string) error {
	_, err := p.service(ctx, named)
	return err
}

// follow waits for the end of an answer.
func (p Prompts) follow(ctx context.Context, w *queue.Work, id string) (end run.Delta, err error) {
	text := 0
	err = protocol.Listen(ctx, p.Assistant, assistant.MethodRunAttach, assistant.Attach{Run: id}, func(d run.Delta) error {
		text += len(d.Text)
		w.Progress("answering", int64(text), 0)
		end = d
		return nil
	})
	return end, err
}

// stop ends an answer that nobody waits for any more; also when that is because ctx has ended.
func (p Prompts) stop(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	_, err := protocol.Ask[assistant.Empty](ctx, p.Assistant, assistant.MethodRunStop, assistant.ByID{ID: id})
	return err
}
