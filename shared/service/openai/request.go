package openai

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

type chatRequest struct {
	Model       string          `json:"model"`
	Messages    []message       `json:"messages"`
	Tools       []tool          `json:"tools,omitempty"`
	Temperature *float64        `json:"temperature,omitempty"`
	TopP        *float64        `json:"top_p,omitempty"`
	Seed        *int64          `json:"seed,omitempty"`
	Stop        []string        `json:"stop,omitempty"`
	MaxTokens   int             `json:"max_tokens,omitempty"`
	MaxAnswer   int             `json:"max_completion_tokens,omitempty"`
	Format      json.RawMessage `json:"response_format,omitempty"`
	Stream      bool            `json:"stream"`
	StreamWith  struct {
		Usage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type message struct {
	Role       string     `json:"role"`
	Content    any        `json:"content"` // text, or parts when there are images
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type part struct {
	Type  string    `json:"type"`
	Text  string    `json:"text,omitempty"`
	Image *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

type toolCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type tool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Parameters  json.RawMessage `json:"parameters,omitempty"`
	} `json:"function"`
}

// request writes r in this API's shape. Think, Context and KeepAlive have no common form here and are left to the server.
func request(r service.ChatRequest, address string) (chatRequest, error) {
	out := chatRequest{
		Model: r.Model, Temperature: r.Temperature, TopP: r.TopP, Seed: r.Seed, Stop: r.Stop, MaxTokens: r.MaxTokens,
		Stream: true, Messages: []message{},
	}
	out.StreamWith.Usage = true
	if strings.HasPrefix(address, "https://api.openai.com/") { // its newer models refuse the old name; others know only that
		out.MaxTokens, out.MaxAnswer = 0, r.MaxTokens
	}
	calls := callIDs{}
	for i, m := range r.Messages {
		out.Messages = append(out.Messages, calls.message(m, i))
	}
	for i, t := range r.Tools {
		one := tool{Type: "function"}
		one.Function.Name, one.Function.Description, one.Function.Parameters = t.Name, t.Description, json.RawMessage(t.Parameters)
		if t.Parameters != "" && !json.Valid([]byte(t.Parameters)) {
			return out, fault.New(fault.Invalid, "the parameters of the tool %s are not JSON", t.Name).WithField("tools[" + strconv.Itoa(i) + "].parameters")
		}
		out.Tools = append(out.Tools, one)
	}
	format, err := formatOf(r.Format)
	out.Format = format
	return out, err
}

func formatOf(format string) (json.RawMessage, error) {
	switch {
	case format == "":
		return nil, nil
	case format == "json":
		return json.RawMessage(`{"type":"json_object"}`), nil
	case !json.Valid([]byte(format)):
		return nil, fault.New(fault.Invalid, "the format is neither \"json\" nor a JSON Schema").WithField("format")
	}
	return json.RawMessage(`{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":` + format + `}}`), nil
}

// callIDs remembers the ids of tool calls by name. A conversation that was led with a service without ids (Ollama once had
// none) gets ids that agree between a call and its answer.
type callIDs map[string]string

func (ids callIDs) message(m service.ChatMessage, at int) message {
	out := message{Role: m.Role, Content: m.Content, ToolCallID: m.ToolCallID}
	for j, call := range m.ToolCalls {
		one := toolCall{Index: j, ID: call.ID, Type: "function"}
		if one.ID == "" {
			one.ID = "call_" + strconv.Itoa(at) + "_" + strconv.Itoa(j)
		}
		ids[call.Name] = one.ID
		one.Function.Name, one.Function.Arguments = call.Name, call.Arguments
		if one.Function.Arguments == "" {
			one.Function.Arguments = "{}"
		}
		out.ToolCalls = append(out.ToolCalls, one)
	}
	if m.Role == "tool" && out.ToolCallID == "" {
		out.ToolCallID = ids[m.ToolName]
	}
	if len(m.Images) > 0 {
		out.Content = parts(m)
	}
	return out
}

func parts(m service.ChatMessage) []part {
	var out []part
	if m.Content != "" {
		out = append(out, part{Type: "text", Text: m.Content})
	}
	for _, image := range m.Images {
		out = append(out, part{Type: "image_url", Image: &imageURL{"data:" + service.PictureType(image) + ";base64," + image}})
	}
	return out
}
