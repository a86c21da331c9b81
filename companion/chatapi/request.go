package chatapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Chat is a question. Fields that are not listed are let be.
type Chat struct {
	_                   struct{}  `json:"-" additionalProperties:"true"`
	Model               string    `json:"model" doc:"A model that GET /v1/models lists."`
	Messages            []Message `json:"messages"`
	Stream              bool      `json:"stream,omitempty" doc:"Answer in pieces, as they are made."`
	StreamOptions       *With     `json:"stream_options,omitempty"`
	Tools               []Tool    `json:"tools,omitempty" doc:"Functions that the model may call, if the service and the model can."`
	ToolChoice          Choice    `json:"tool_choice,omitempty" doc:"auto or none."`
	Temperature         *float64  `json:"temperature,omitempty"`
	TopP                *float64  `json:"top_p,omitempty"`
	Seed                *int64    `json:"seed,omitempty"`
	Stop                Texts     `json:"stop,omitempty" doc:"A text, or some: the answer ends before them."`
	MaxTokens           int       `json:"max_tokens,omitempty"`
	MaxCompletionTokens int       `json:"max_completion_tokens,omitempty"`
	ResponseFormat      *Format   `json:"response_format,omitempty"`
	ReasoningEffort     string    `json:"reasoning_effort,omitempty" doc:"none: do not think; anything else: think, if the model can."`
	N                   int       `json:"n,omitempty" doc:"1."`
	FrequencyPenalty    float64   `json:"frequency_penalty,omitempty" doc:"0."`
	PresencePenalty     float64   `json:"presence_penalty,omitempty" doc:"0."`
	Logprobs            bool      `json:"logprobs,omitempty" doc:"false."`
}

// With says what a stream ends with.
type With struct {
	_            struct{} `json:"-" additionalProperties:"true"`
	IncludeUsage bool     `json:"include_usage,omitempty"`
}

// Message is one turn.
type Message struct {
	_          struct{} `json:"-" additionalProperties:"true"`
	Role       string   `json:"role" doc:"system, developer, user, assistant or tool."`
	Content    Content  `json:"content,omitempty" doc:"Text, or a list of parts: text, and image_url with a data: address."`
	ToolCalls  []Call   `json:"tool_calls,omitempty"`
	ToolCallID string   `json:"tool_call_id,omitempty"`
}

// Call is a model's wish to call a function.
type Call struct {
	_        struct{} `json:"-" additionalProperties:"true"`
	Index    *int     `json:"index,omitempty" doc:"Its place, in a stream."`
	ID       string   `json:"id"`
	Type     string   `json:"type" doc:"function."`
	Function Called   `json:"function"`
}

// Called names a function and its arguments, a JSON object as text.
type Called struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// Tool describes a function.
type Tool struct {
	_        struct{} `json:"-" additionalProperties:"true"`
	Type     string   `json:"type" doc:"function."`
	Function struct {
		_           struct{} `json:"-" additionalProperties:"true"`
		Name        string   `json:"name"`
		Description string   `json:"description,omitempty"`
		Parameters  any      `json:"parameters,omitempty" doc:"A JSON Schema."`
	} `json:"function"`
}

// Format is the form that the answer shall have.
type Format struct {
	_      struct{} `json:"-" additionalProperties:"true"`
	Type   string   `json:"type" doc:"text, json_object or json_schema."`
	Schema *struct {
		_      struct{} `json:"-" additionalProperties:"true"`
		Schema any      `json:"schema,omitempty"`
	} `json:"json_schema,omitempty"`
}

// Choice is auto or none; a function that must be called can't be asked for.
type Choice string

// UnmarshalJSON reads a word.
func (c *Choice) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, (*string)(c)); err != nil {
		return unsupported("tool_choice", "no function can be demanded", "leave it out: the model then chooses")
	}
	return nil
}

// Texts is one text or several.
type Texts []string

// UnmarshalJSON reads either.
func (t *Texts) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte(`"`)) {
		*t = make(Texts, 1)
		return json.Unmarshal(text, &(*t)[0])
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// Schema describes both forms.
func (Texts) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}}}
}

// Content is the text of a turn and its images, in base64.
type Content struct {
	Text   string
	Images []string
}

// Schema describes text, parts, and null.
func (Content) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// UnmarshalJSON reads text, or a list of parts.
func (c *Content) UnmarshalJSON(text []byte) error {
	if !bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, &c.Text)
	}
	var parts []struct {
		Type  string `json:"type"`
		Text  string `json:"text"`
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		kind, data, cut := strings.Cut(p.Image.URL, ";base64,")
		switch {
		case p.Type == "text":
			c.Text += p.Text
		case p.Type == "image_url" && cut && strings.HasPrefix(kind, "data:image/"):
			c.Images = append(c.Images, data)
		case p.Type == "image_url":
			return unsupported("messages", "kAI fetches no images", "send them as data:image/png;base64,...")
		default:
			return unsupported("messages", "parts are text or image_url", "leave others out")
		}
	}
	return nil
}

func unsupported(field, why, remedy string) error {
	return fault.New(fault.Unsupported, "%s", why).WithField(field).WithRemedy("%s", remedy)
}

// request makes a question for a connector of it. What a connector can't say is refused.
func (c Chat) request() (service.ChatRequest, error) {
	out := service.ChatRequest{Temperature: c.Temperature, TopP: c.TopP, Seed: c.Seed, Stop: c.Stop, MaxTokens: max(c.MaxTokens, c.MaxCompletionTokens)}
	if err := c.check(); err != nil {
		return out, err
	}
	if c.ReasoningEffort != "" {
		think := c.ReasoningEffort != "none"
		out.Think = &think
	}
	for i, m := range c.Messages {
		one := service.ChatMessage{Role: m.Role, Content: m.Content.Text, Images: m.Content.Images, ToolCallID: m.ToolCallID}
		if m.Role == "developer" {
			one.Role = "system"
		}
		if m.Role == "tool" {
			one.ToolName = called(c.Messages[:i], m.ToolCallID)
		}
		for _, call := range m.ToolCalls {
			one.ToolCalls = append(one.ToolCalls, service.ToolCall{ID: call.ID, Name: call.Function.Name, Arguments: call.Function.Arguments})
		}
		out.Messages = append(out.Messages, one)
	}
	if c.ToolChoice != "none" {
		for _, t := range c.Tools {
			out.Tools = append(out.Tools, service.Tool{Name: t.Function.Name, Description: t.Function.Description, Parameters: jsonText(t.Function.Parameters)})
		}
	}
	if f := c.ResponseFormat; f != nil && f.Type == "json_object" {
		out.Format = "json"
	} else if f != nil && f.Schema != nil {
		out.Format = jsonText(f.Schema.Schema)
	}
	return out, nil
}

// check refuses what would not be done.
func (c Chat) check() error {
	switch {
	case len(c.Messages) == 0:
		return fault.New(fault.Invalid, "there is nothing to answer").WithField("messages").WithRemedy("send at least one message")
	case c.N > 1:
		return unsupported("n", "one answer is made at a time", "ask several times")
	case c.Logprobs:
		return unsupported("logprobs", "probabilities are not passed on", "leave it out")
	case c.FrequencyPenalty != 0 || c.PresencePenalty != 0:
		return unsupported("frequency_penalty", "penalties are not passed on", "leave them out")
	case c.ToolChoice != "" && c.ToolChoice != "auto" && c.ToolChoice != "none":
		return unsupported("tool_choice", "no function can be demanded", "leave it out: the model then chooses")
	case c.MaxTokens < 0 || c.MaxCompletionTokens < 0:
		return fault.New(fault.Invalid, "an answer has no negative length").WithField("max_tokens").WithRemedy("leave it out for the service's own limit")
	}
	for i, m := range c.Messages {
		switch m.Role {
		case "system", "developer", "user", "assistant", "tool":
		default:
			return fault.New(fault.Invalid, "there is no role %.40q", m.Role).WithField("messages[" + strconv.Itoa(i) + "].role").
				WithRemedy("write system, user, assistant or tool")
		}
	}
	return nil
}

// called finds the name of the function that a call's result is of: this API names only the call.
func called(before []Message, id string) string {
	for _, m := range before {
		for _, call := range m.ToolCalls {
			if call.ID == id {
				return call.Function.Name
			}
		}
	}
	return ""
}

func jsonText(v any) string {
	if v == nil {
		return ""
	}
	text, _ := json.Marshal(v) // it was read from JSON
	return string(text)
}
