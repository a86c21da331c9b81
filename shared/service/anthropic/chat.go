package anthropic

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
	if r.Model == "" {
		return service.ChatResult{}, fault.New(fault.Invalid, "no model is chosen").WithField("model").WithRemedy("choose a model")
	}
	in, err := request(r)
	if err != nil {
		return service.ChatResult{}, err
	}
	body, err := c.client.Open(ctx, "POST", "/v1/messages", in, exchange.Silence{First: c.client.Limits.First, Idle: c.client.Limits.Idle})
	if err != nil {
		return service.ChatResult{}, missing(err, r.Model)
	}
	defer body.Close()
	a := answer{client: c.client, emit: emit}
	err = a.stream(body)
	return a.finish(), err
}

// answer gathers a chat.
type answer struct {
	client *exchange.Client
	emit   func(service.ChatDelta) error
	calls  []call
	result service.ChatResult
	first  time.Time
	spoke  bool // a message of this API came
	ended  bool // message_stop came
}

// call is a tool call that comes in pieces, in the block of the answer with that number.
type call struct {
	block     int
	arguments strings.Builder
	service.ToolCall
}

// event is what a message of the stream can hold.
type event struct {
	Type    string `json:"type"`
	Index   int    `json:"index"`
	Message struct {
		Usage usage `json:"usage"`
	} `json:"message"`
	Block struct {
		Type string `json:"type"`
		Text string `json:"text"`
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"content_block"`
	Delta struct {
		Text     string `json:"text"`
		Thinking string `json:"thinking"`
		JSON     string `json:"partial_json"`
		Stop     string `json:"stop_reason"`
	} `json:"delta"`
	Usage usage           `json:"usage"`
	Error json.RawMessage `json:"error"`
}

type usage struct {
	Prompt int `json:"input_tokens"`
	Answer int `json:"output_tokens"`
}

func (a *answer) stream(body io.Reader) error {
	for events := stream.NewSSE(body, a.client.Limits.MaxLine); !a.ended; {
		e, err := events.Next()
		switch {
		case errors.Is(err, io.EOF):
			return a.tooEarly()
		case errors.Is(err, stream.ErrTooLong):
			return fault.Wrap(fault.Malformed, err, "Anthropic sent a message that is too long").WithRemedy("ask again; what had arrived is kept")
		case err != nil:
			return err
		}
		var one event
		err = json.Unmarshal(e.Data, &one)
		switch {
		case err != nil && e.Cut:
			return a.tooEarly()
		case err != nil && !a.spoke:
			return a.client.Wrong(err.Error())
		case err != nil:
			return fault.Wrap(fault.Malformed, err, "Anthropic sent a message that is not JSON").WithRemedy("ask again; what had arrived is kept")
		}
		if err := a.take(one); err != nil {
			return err
		}
	}
	return a.handOnCalls()
}

func (a *answer) tooEarly() error {
	if !a.spoke {
		return a.client.Wrong("no message of this API in the answer")
	}
	return fault.New(fault.Unavailable, "Anthropic ended its answer in the middle").WithRemedy("ask again; what had arrived is kept")
}

func (a *answer) take(e event) error {
	if text := exchange.ErrorText(e.Error); text != "" {
		return a.client.Spoken(text)
	}
	switch e.Type {
	case "message_start":
		a.result.PromptTokens = e.Message.Usage.Prompt
	case "content_block_start":
		if e.Block.Type == "tool_use" {
			return a.begin(e)
		}
		return a.say(service.ChatDelta{Text: e.Block.Text})
	case "content_block_delta":
		if e.Delta.JSON != "" {
			return a.add(e)
		}
		return a.say(service.ChatDelta{Text: e.Delta.Text, Thinking: e.Delta.Thinking})
	case "message_delta":
		a.result.Tokens = max(a.result.Tokens, e.Usage.Answer)
		a.result.Reason = reason(e.Delta.Stop)
	case "message_stop":
		a.ended = true
	case "":
		if !a.spoke {
			return a.client.Wrong("no message of this API in the answer")
		}
	}
	a.spoke = true
	return nil
}

func reason(stop string) string {
	switch stop {
	case "max_tokens":
		return "length"
	case "tool_use":
		return "tool_calls"
	}
	return "stop"
}

func (a *answer) say(d service.ChatDelta) error {
	a.spoke = true
	if d.Text == "" && d.Thinking == "" {
		return nil
	}
	if a.first.IsZero() {
		a.first = a.client.Now()
	}
	return a.emit(d)
}

// maxCalls bounds how many tool calls one answer may hold.
const maxCalls = 128

func (a *answer) begin(e event) error {
	if len(a.calls) >= maxCalls {
		return fault.New(fault.Malformed, "Anthropic sent more than %d tool calls", maxCalls)
	}
	a.calls = append(a.calls, call{block: e.Index, ToolCall: service.ToolCall{ID: e.Block.ID, Name: e.Block.Name}})
	return nil
}

func (a *answer) add(e event) error {
	if len(a.calls) == 0 || a.calls[len(a.calls)-1].block != e.Index {
		return fault.New(fault.Malformed, "Anthropic sent a piece of a tool call that has not begun")
	}
	last := &a.calls[len(a.calls)-1]
	if last.arguments.Len()+len(e.Delta.JSON) > a.client.Limits.MaxLine {
		return fault.New(fault.Malformed, "Anthropic sent a tool call that is too long")
	}
	last.arguments.WriteString(e.Delta.JSON)
	return nil
}

// handOnCalls hands on the tool calls, which are whole now.
func (a *answer) handOnCalls() error {
	if len(a.calls) == 0 {
		return nil
	}
	var calls []service.ToolCall
	for i := range a.calls {
		one := a.calls[i].ToolCall
		if one.Arguments = strings.TrimSpace(a.calls[i].arguments.String()); one.Arguments == "" {
			one.Arguments = "{}"
		}
		calls = append(calls, one)
	}
	return a.emit(service.ChatDelta{ToolCalls: calls})
}

func (a *answer) finish() service.ChatResult {
	if !a.first.IsZero() {
		a.result.Took = a.client.Now().Sub(a.first)
	}
	return a.result
}
