package assistant

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

const maxAnswerTokens = 1 << 20

// tune changes what a Tune gives; it is decoded over what holds now.
func (a *Assistant) tune(ctx context.Context, req call) (any, error) {
	var in ByID
	if err := req.decode(&in); err != nil {
		return nil, err
	}
	return a.editConversation(ctx, in.ID, func(c *Conversation) error {
		if c.Trashed != "" {
			return fault.New(fault.NotFound, "this conversation was deleted").WithField("id").WithRemedy("restore it first")
		}
		next := c.Tuning
		next.Parameters, next.Summary = nil, nil // they change as a whole
		if err := req.decode(&next); err != nil {
			return err
		}
		if next.Parameters == nil {
			next.Parameters = c.Parameters
		}
		switch {
		case next.Summary == nil:
			next.Summary = c.Summary
		case strings.TrimSpace(next.Summary.Text) == "":
			next.Summary = nil
		}
		next.Summing = c.Summing
		c.Tuning = next
		c.shelve()
		return next.check()
	})
}

func (t *Tuning) check() error {
	if max(len(t.SystemPrompt), len(t.Injected), len(t.Prefix)) > maxPromptBytes {
		return fault.New(fault.Exhausted, "instructions have at most %d KB", maxPromptBytes>>10).WithField("systemPrompt").
			WithRemedy("shorten them")
	}
	if t.Summary != nil && (len(t.Summary.Text) > maxSummaryBytes || len(t.Summary.Upto) > maxNameBytes) {
		return fault.New(fault.Exhausted, "a summary has at most %d KB", maxSummaryBytes>>10).WithField("summary.text").WithRemedy("shorten it")
	}
	p := t.Parameters
	if p == nil {
		return nil
	}
	if err := checkFormat(p.Format); err != nil {
		return err
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

// checkFormat wants "json" or a JSON Schema, which is an object.
func checkFormat(format string) error {
	if format == "" || format == "json" {
		return nil
	}
	const field = "parameters.format"
	if len(format) > maxPromptBytes {
		return fault.New(fault.Exhausted, "a JSON Schema has at most %d KB", maxPromptBytes>>10).WithField(field).WithRemedy("shorten it")
	}
	var schema map[string]json.RawMessage
	if err := json.Unmarshal([]byte(format), &schema); err != nil || schema == nil {
		return fault.New(fault.Invalid, "the form of answers is not a JSON Schema").WithField(field).
			WithRemedy(`write one, such as {"type": "object", "properties": {"name": {"type": "string"}}}`)
	}
	return nil
}

// shelve puts a conversation to its place in its folder, once it has moved.
func (c *Conversation) shelve() {
	if blank := strings.IndexByte(c.Shelf, ' '); blank > 0 {
		c.Shelf = c.Shelf[:blank+1] + c.Updated
	}
}

// into lays the parameters into a request.
func (p *Parameters) into(r *service.ChatRequest) {
	if p != nil {
		r.Temperature, r.TopP, r.Seed, r.MaxTokens, r.Think, r.Format = p.Temperature, p.TopP, p.Seed, p.MaxTokens, p.Think, p.Format
	}
}
