package anthropic

import (
	"encoding/json"
	"strconv"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Tokens that this API wants to be told, when the person said nothing.
const (
	answerTokens   = 4096
	thinkingTokens = 2048
)

type chatRequest struct {
	Model       string    `json:"model"`
	MaxTokens   int       `json:"max_tokens"`
	System      string    `json:"system,omitempty"`
	Messages    []message `json:"messages"`
	Tools       []tool    `json:"tools,omitempty"`
	Temperature *float64  `json:"temperature,omitempty"`
	TopP        *float64  `json:"top_p,omitempty"`
	Stop        []string  `json:"stop_sequences,omitempty"`
	Thinking    *thinking `json:"thinking,omitempty"`
	Stream      bool      `json:"stream"`
}

type thinking struct {
	Type   string `json:"type"`
	Budget int    `json:"budget_tokens"`
}

type message struct {
	Role    string `json:"role"`
	Content []part `json:"content"`
}

// part is one of: text, image, tool_use, tool_result.
type part struct {
	Type   string          `json:"type"`
	Text   string          `json:"text,omitempty"`
	Source *source         `json:"source,omitempty"`
	ID     string          `json:"id,omitempty"`
	Name   string          `json:"name,omitempty"`
	Input  json.RawMessage `json:"input,omitempty"`
	CallID string          `json:"tool_use_id,omitempty"`
	Result string          `json:"content,omitempty"`
}

type source struct {
	Type  string `json:"type"`
	Media string `json:"media_type"`
	Data  string `json:"data"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"input_schema"`
}

// request writes r in this API's shape. Seed, Context and KeepAlive have no form here.
func request(r service.ChatRequest) (chatRequest, error) {
	out := chatRequest{Model: r.Model, MaxTokens: r.MaxTokens, Temperature: r.Temperature, Stop: r.Stop, Stream: true, Messages: []message{}}
	if r.Temperature == nil {
		out.TopP = r.TopP // newer models take one of the two
	}
	if out.MaxTokens == 0 {
		out.MaxTokens = answerTokens
	}
	if r.Format != "" {
		return out, fault.New(fault.Unsupported, "Anthropic's models do not answer after a schema").WithField("format").
			WithRemedy("have this conversation answered as text")
	}
	calls := false
	for i, m := range r.Messages {
		calls = calls || len(m.ToolCalls) > 0
		if m.Role == "system" {
			out.System += m.Content
			continue
		}
		if err := out.add(m); err != nil {
			return out, err.WithField("messages[" + strconv.Itoa(i) + "]")
		}
	}
	// Thoughts are not kept as this API would have them back between a call and its result.
	if r.Think != nil && *r.Think && !calls {
		out.Thinking = &thinking{"enabled", thinkingTokens}
		out.MaxTokens += thinkingTokens
		out.Temperature, out.TopP = nil, nil
	}
	return withTools(out, r.Tools)
}

// add lays a message beside the last one of its role: results of calls have to come in one message.
func (r *chatRequest) add(m service.ChatMessage) *fault.Fault {
	role, parts, err := partsOf(m)
	if err != nil || len(parts) == 0 {
		return err
	}
	if last := len(r.Messages) - 1; last >= 0 && r.Messages[last].Role == role {
		r.Messages[last].Content = append(r.Messages[last].Content, parts...)
		return nil
	}
	r.Messages = append(r.Messages, message{role, parts})
	return nil
}

func partsOf(m service.ChatMessage) (role string, parts []part, err *fault.Fault) {
	if m.Role == "tool" {
		return "user", []part{{Type: "tool_result", CallID: m.ToolCallID, Result: m.Content}}, nil
	}
	for _, image := range m.Images {
		parts = append(parts, part{Type: "image", Source: &source{"base64", service.PictureType(image), image}})
	}
	if m.Content != "" {
		parts = append(parts, part{Type: "text", Text: m.Content})
	}
	for _, call := range m.ToolCalls {
		input := json.RawMessage(call.Arguments)
		if len(input) == 0 {
			input = json.RawMessage("{}")
		}
		if !json.Valid(input) {
			return "", nil, fault.New(fault.Invalid, "the arguments of the call of %s are not JSON", call.Name)
		}
		parts = append(parts, part{Type: "tool_use", ID: call.ID, Name: call.Name, Input: input})
	}
	return m.Role, parts, nil
}

func withTools(out chatRequest, tools []service.Tool) (chatRequest, error) {
	for i, t := range tools {
		schema := json.RawMessage(t.Parameters)
		if len(schema) == 0 {
			schema = json.RawMessage(`{"type":"object"}`)
		}
		if !json.Valid(schema) {
			return out, fault.New(fault.Invalid, "the parameters of the tool %s are not JSON", t.Name).WithField("tools[" + strconv.Itoa(i) + "].parameters")
		}
		out.Tools = append(out.Tools, tool{t.Name, t.Description, schema})
	}
	return out, nil
}
