package assistant

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

const maxAnswerTokens = 1 << 20

// tune changes what holds for one conversation.
func (a *Assistant) tune(ctx context.Context, in Tune) (Conversation, error) {
	if err := in.check(); err != nil {
		return Conversation{}, err
	}
	return a.editConversation(ctx, in.ID, func(c *Conversation) error {
		if c.Trashed != "" {
			return fault.New(fault.NotFound, "this conversation was deleted").WithField("id").WithRemedy("restore it first")
		}
		if in.Archived != nil {
			c.Archived = *in.Archived
		}
		if in.SystemPrompt != nil {
			c.SystemPrompt = *in.SystemPrompt
		}
		if in.Parameters != nil {
			c.Parameters = in.Parameters
		}
		return nil
	})
}

func (in Tune) check() error {
	if in.SystemPrompt != nil && len(*in.SystemPrompt) > maxPromptBytes {
		return fault.New(fault.Exhausted, "instructions have at most %d KB", maxPromptBytes>>10).WithField("systemPrompt").
			WithRemedy("shorten them")
	}
	p := in.Parameters
	if p == nil {
		return nil
	}
	if v := p.Temperature; v != nil && !(*v >= 0 && *v <= 2) {
		return fault.New(fault.Invalid, "a temperature is from 0 to 2").WithField("parameters.temperature")
	}
	if v := p.TopP; v != nil && !(*v > 0 && *v <= 1) {
		return fault.New(fault.Invalid, "top P is above 0, and 1 at most").WithField("parameters.topP")
	}
	if p.MaxTokens < 0 || p.MaxTokens > maxAnswerTokens {
		return fault.New(fault.Invalid, "an answer has at most %d tokens; 0 leaves it to the service", maxAnswerTokens).WithField("parameters.maxTokens")
	}
	return nil
}

// into lays the parameters into a request.
func (p *Parameters) into(r *service.ChatRequest) {
	if p != nil {
		r.Temperature, r.TopP, r.Seed, r.MaxTokens, r.Think = p.Temperature, p.TopP, p.Seed, p.MaxTokens, p.Think
	}
}
