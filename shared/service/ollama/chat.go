package ollama

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

type chatRequest struct {
	Model     string          `json:"model"`
	Messages  []message       `json:"messages"`
	Tools     []tool          `json:"tools,omitempty"`
	Think     *bool           `json:"think,omitempty"`
	Format    json.RawMessage `json:"format,omitempty"`
	KeepAlive any             `json:"keep_alive,omitempty"`
	Options   options         `json:"options"`
	Stream    bool            `json:"stream"`
}

// options are what the server reads from "options" only: at the top level it would ignore them.
type options struct {
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"`
	MaxTokens   int      `json:"num_predict,omitempty"`
	Context     int      `json:"num_ctx,omitempty"`
}

type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Thinking   string     `json:"thinking,omitempty"`
	Images     []string   `json:"images,omitempty"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string `json:"id,omitempty"`
	Function struct {
		Index     int             `json:"index"`
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // an object here; text in the OpenAI shape
	} `json:"function"`
}

type tool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters"`
	} `json:"function"`
}

// Chat asks for an answer and hands out each piece as it comes. What came before a fault has been handed out.
func (c *Connector) Chat(ctx context.Context, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	if err := needModel(r.Model); err != nil {
		return service.ChatResult{}, err
	}
	if r.KeepAlive == "" {
		r.KeepAlive = c.keepAlive
	}
	in, err := request(r)
	if err != nil {
		return service.ChatResult{}, err
	}
	a := answer{emit: emit}
	err = c.stream(ctx, "/api/chat", in, c.silence(len(r.Tools) > 0), a.line)
	if !a.begun {
		c.unstick(ctx, r.Model, err)
	}
	return a.result, c.missing(err, r.Model)
}

// unstick has the server unload a model of which nothing was heard at all. Ollama (up to 0.17.4 at least, its issue 17131)
// can hold a place of a model for ever when an answer is stopped: who asks next waits in vain until the model is loaded anew.
func (c *Connector) unstick(ctx context.Context, model string, err error) {
	if fault.CodeOf(err) == fault.Timeout {
		_ = c.Unload(ctx, model) // the silence is what the caller hears of
	}
}

func request(r service.ChatRequest) (chatRequest, error) {
	out := chatRequest{
		Model: r.Model, Think: r.Think, Stream: true, Messages: []message{},
		Options:   options{Temperature: r.Temperature, TopP: r.TopP, Seed: r.Seed, Stop: r.Stop, MaxTokens: r.MaxTokens, Context: r.Context},
		KeepAlive: keepAlive(r.KeepAlive),
	}
	for i, m := range r.Messages {
		one := message{Role: m.Role, Content: m.Content, Images: m.Images, ToolName: m.ToolName, ToolCallID: m.ToolCallID}
		for j, call := range m.ToolCalls {
			converted, err := callOf(call, j)
			if err != nil {
				return out, err.WithField("messages[" + strconv.Itoa(i) + "].toolCalls[" + strconv.Itoa(j) + "]")
			}
			one.ToolCalls = append(one.ToolCalls, converted)
		}
		out.Messages = append(out.Messages, one)
	}
	return withTools(out, r)
}

func withTools(out chatRequest, r service.ChatRequest) (chatRequest, error) {
	for i, t := range r.Tools {
		one := tool{Type: "function"}
		one.Function.Name, one.Function.Description = t.Name, t.Description
		one.Function.Parameters = json.RawMessage(t.Parameters)
		if t.Parameters == "" {
			one.Function.Parameters = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		if !json.Valid(one.Function.Parameters) {
			return out, fault.New(fault.Invalid, "the parameters of the tool %s are not JSON", t.Name).WithField("tools[" + strconv.Itoa(i) + "].parameters")
		}
		out.Tools = append(out.Tools, one)
	}
	switch {
	case r.Format == "":
	case r.Format == "json":
		out.Format = json.RawMessage(`"json"`)
	case !json.Valid([]byte(r.Format)):
		return out, fault.New(fault.Invalid, "the format is neither \"json\" nor a JSON Schema").WithField("format")
	default:
		out.Format = json.RawMessage(r.Format)
	}
	return out, nil
}

func callOf(call service.ToolCall, index int) (toolCall, *fault.Fault) {
	out := toolCall{ID: call.ID}
	out.Function.Index, out.Function.Name = index, call.Name
	var object map[string]json.RawMessage
	if call.Arguments == "" {
		call.Arguments = "{}"
	}
	if json.Unmarshal([]byte(call.Arguments), &object) != nil {
		return out, fault.New(fault.Invalid, "the arguments of the tool call %s are not a JSON object", call.Name)
	}
	out.Function.Arguments = json.RawMessage(call.Arguments)
	return out, nil
}

// keepAlive sends bare numbers as numbers (seconds; -1 for ever): as text the server reads only durations ("5m").
func keepAlive(text string) any {
	if text == "" {
		return nil
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	return text
}

// answer gathers a streamed chat.
type answer struct {
	emit   func(service.ChatDelta) error
	result service.ChatResult
	begun  bool // a line came
	tools  bool
}

type chatLine struct {
	Message      message `json:"message"`
	Done         bool    `json:"done"`
	Reason       string  `json:"done_reason"`
	PromptTokens int     `json:"prompt_eval_count"`
	Tokens       int     `json:"eval_count"`
	Took         int64   `json:"eval_duration"` // nanoseconds
}

// token reads the line that nearly every line is: a piece of text in Ollama's own order of fields, nothing in it escaped.
// Decoding it as any JSON takes a good part of the way of a token through kAI.
func token(line []byte) (text string, ok bool) {
	special := func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == utf8.RuneError }
	rest, ok := strings.CutPrefix(string(line), `{"model":"`)
	for _, next := range [...]string{`","created_at":"`, `","message":{"role":"assistant","content":"`, `"},"done":false}`} {
		if ok {
			text, rest, ok = strings.Cut(rest, next)
		}
		ok = ok && !strings.ContainsFunc(text, special)
	}
	return text, ok && rest == ""
}

// line takes one line of the answer; done is true at the last.
func (a *answer) line(raw []byte) (done bool, err error) {
	a.begun = true
	if text, ok := token(raw); ok {
		return false, a.say(service.ChatDelta{Text: text})
	}
	var l chatLine
	if err := json.Unmarshal(raw, &l); err != nil {
		return false, err
	}
	d := service.ChatDelta{Text: l.Message.Content, Thinking: l.Message.Thinking}
	for _, call := range l.Message.ToolCalls {
		a.tools = true
		d.ToolCalls = append(d.ToolCalls, service.ToolCall{ID: call.ID, Name: call.Function.Name, Arguments: string(call.Function.Arguments)})
	}
	if err := a.say(d); err != nil || !l.Done {
		return false, err
	}
	a.result = service.ChatResult{Reason: l.Reason, PromptTokens: l.PromptTokens, Tokens: l.Tokens, Took: time.Duration(l.Took)}
	if a.tools {
		a.result.Reason = "tool_calls"
	}
	return true, nil
}

// say hands on a delta that says something.
func (a *answer) say(d service.ChatDelta) error {
	if d.Text == "" && d.Thinking == "" && len(d.ToolCalls) == 0 {
		return nil
	}
	if err := a.emit(d); err != nil {
		return &stopped{err}
	}
	return nil
}
