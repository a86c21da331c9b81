package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/stream"
)

// Chat asks for an answer and hands out each piece as it comes. What came before a fault has been handed out.
func (c *Connector) Chat(ctx context.Context, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	if err := needModel(r.Model); err != nil {
		return service.ChatResult{}, err
	}
	in, err := request(r, c.client.Base)
	if err != nil {
		return service.ChatResult{}, err
	}
	silence := exchange.Silence{First: c.client.Limits.First, Idle: c.client.Limits.Idle}
	if len(r.Tools) > 0 { // some servers hold a tool call back until it is whole
		silence.Idle = silence.First
	}
	body, err := c.client.Open(ctx, "POST", "/chat/completions", in, silence)
	if err != nil {
		return service.ChatResult{}, missing(err, r.Model)
	}
	defer body.Close()
	a := answer{client: c.client, emit: emit}
	if strings.Contains(body.ContentType(), "application/json") { // a server that can't stream
		err = a.whole(body)
	} else {
		err = a.stream(body)
	}
	return a.finish(), err
}

// answer gathers a chat.
type answer struct {
	client *exchange.Client
	emit   func(service.ChatDelta) error
	calls  []toolCall
	result service.ChatResult
	first  time.Time
	ended  bool // a finish reason came
	spoke  bool // a message of this API came
}

type chunk struct {
	Choices []struct {
		Delta   piece  `json:"delta"`
		Message *piece `json:"message"` // in an answer that is not streamed
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt int `json:"prompt_tokens"`
		Answer int `json:"completion_tokens"`
	} `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type piece struct {
	Content          string     `json:"content"`
	ReasoningContent string     `json:"reasoning_content"` // DeepSeek, vLLM, llama.cpp
	Reasoning        string     `json:"reasoning"`         // OpenRouter, Ollama
	Refusal          string     `json:"refusal"`
	ToolCalls        []toolCall `json:"tool_calls"`
}

func (a *answer) stream(body io.Reader) error {
	for events := stream.NewSSE(body, a.client.Limits.MaxLine); ; {
		e, err := events.Next()
		switch {
		case errors.Is(err, io.EOF):
			return a.close(nil)
		case errors.Is(err, stream.ErrTooLong):
			return fault.Wrap(fault.Malformed, err, "the model server sent a message that is too long").WithRemedy("ask again; what had arrived is kept")
		case err != nil:
			return a.close(err)
		case strings.TrimSpace(string(e.Data)) == "[DONE]":
			a.ended = true
			return a.close(nil)
		}
		if err := a.event(e); err != nil {
			return err
		}
	}
}

func (a *answer) event(e stream.Event) error {
	var c chunk
	err := json.Unmarshal(e.Data, &c)
	switch {
	case err != nil && e.Cut:
		return a.close(nil)
	case err != nil && e.Name == "error":
		return a.client.Spoken(string(e.Data))
	case err != nil && !a.spoke:
		return a.client.Wrong(err.Error())
	case err != nil:
		return fault.Wrap(fault.Malformed, err, "the model server sent a message that is not JSON").WithRemedy("ask again; what had arrived is kept")
	}
	return a.take(c)
}

// whole reads an answer that came in one piece.
func (a *answer) whole(body io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(body, a.client.Limits.MaxBody))
	if err != nil {
		return err
	}
	var c chunk
	if err := json.Unmarshal(raw, &c); err != nil {
		return a.client.Wrong(err.Error())
	}
	if err := a.take(c); err != nil {
		return err
	}
	a.ended = a.ended || len(c.Choices) > 0
	return a.close(nil)
}

// take hands on what a chunk holds. Tool calls come in pieces and are kept until they are whole.
func (a *answer) take(c chunk) error {
	if text := exchange.ErrorText(c.Error); text != "" {
		return a.client.Spoken(text)
	}
	a.spoke = true
	if c.Usage != nil {
		a.result.PromptTokens, a.result.Tokens = c.Usage.Prompt, c.Usage.Answer
	}
	if len(c.Choices) == 0 {
		return nil
	}
	choice := c.Choices[0]
	if choice.Message != nil {
		choice.Delta = *choice.Message
	}
	if choice.Finish != "" {
		a.ended, a.result.Reason = true, choice.Finish
	}
	for at, call := range choice.Delta.ToolCalls {
		if choice.Message != nil {
			call.Index = at
		}
		if err := a.call(call); err != nil {
			return err
		}
	}
	return a.say(choice.Delta)
}

func (a *answer) say(p piece) error {
	d := service.ChatDelta{Text: p.Content + p.Refusal, Thinking: p.ReasoningContent}
	if d.Thinking == "" {
		d.Thinking = p.Reasoning
	}
	if d.Text == "" && d.Thinking == "" {
		return nil
	}
	if a.first.IsZero() {
		a.first = a.client.Now()
	}
	return a.emit(d)
}

// maxCalls bounds how many tool calls one answer may hold, so that a lying index cannot fill memory.
const maxCalls = 128

// call adds a piece of a tool call to the call with that index. Servers that number none start a new call with each id.
func (a *answer) call(p toolCall) error {
	at := p.Index
	if at < len(a.calls) && at >= 0 && p.ID != "" && a.calls[at].ID != "" && a.calls[at].ID != p.ID {
		at = len(a.calls)
	}
	if at < 0 || at > len(a.calls) || at >= maxCalls {
		return fault.New(fault.Malformed, "the model server sent a tool call with the number %d", p.Index)
	}
	if at == len(a.calls) {
		a.calls = append(a.calls, toolCall{Index: at})
	}
	one := &a.calls[at]
	if p.ID != "" {
		one.ID = p.ID
	}
	if p.Function.Name != "" {
		one.Function.Name = p.Function.Name
	}
	if len(one.Function.Arguments)+len(p.Function.Arguments) > a.client.Limits.MaxLine {
		return fault.New(fault.Malformed, "the model server sent a tool call that is too long")
	}
	one.Function.Arguments += p.Function.Arguments
	return nil
}

// close ends the answer: whole tool calls are handed on, and an end that came too early is told.
func (a *answer) close(err error) error {
	switch {
	case err != nil:
		return err
	case !a.ended && !a.spoke:
		return a.client.Wrong("no message of this API in the answer")
	case !a.ended:
		return fault.New(fault.Unavailable, "the model server ended its answer in the middle").
			WithRemedy("ask again; what had arrived is kept. If it stays so, look into the server's log")
	}
	var calls []service.ToolCall
	for _, call := range a.calls {
		arguments := strings.TrimSpace(call.Function.Arguments)
		if arguments == "" {
			arguments = "{}"
		}
		calls = append(calls, service.ToolCall{ID: call.ID, Name: call.Function.Name, Arguments: arguments})
	}
	if len(calls) == 0 {
		return nil
	}
	a.result.Reason = "tool_calls"
	return a.emit(service.ChatDelta{ToolCalls: calls})
}

func (a *answer) finish() service.ChatResult {
	if !a.first.IsZero() {
		a.result.Took = a.client.Now().Sub(a.first)
	}
	if a.result.Reason == "" && a.ended {
		a.result.Reason = "stop"
	}
	return a.result
}
