// Package service talks to model servers: what a connector is, the table of connectors, and the transport under them.
//
// A connector is written once over Transport, which is fetch in the browser and net/http in the companion. Gateway is
// how the rest of kAI asks: locally through connectors, or remotely through the companion by the same interface.
// Imports shared/{fault,protocol} and the standard library; never net/http.
package service

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"
)

// Spec is one service that a person connected: which connector speaks to it and where it is.
type Spec struct {
	ID   string `json:"id"`
	Kind string `json:"kind"` // a Definition's Kind: "ollama", "llama-cpp"
	Name string `json:"name"`
	URL  string `json:"url"`           // base address without a trailing slash
	Key  Secret `json:"key,omitempty"` // bearer token, when the service wants one

	// KeepAlive says how long a model stays in memory after it was used: "5m", seconds as "300", "-1" for ever; "" leaves it
	// to the service.
	KeepAlive string `json:"keepAlive,omitempty"`
}

// BuiltIn is the kind of the models inside a browser: the page that hosts the program answers for them, and nobody else can.
const BuiltIn = "built-in"

// Transport carries one HTTP exchange. The body of the response streams; the caller closes it. Connection failures are
// fault.Unavailable, a blocked or refused one fault.Forbidden.
type Transport interface {
	Do(ctx context.Context, r *Request) (*Response, error)
}

// Request is an HTTP request in plain data.
type Request struct {
	Method string
	URL    string
	Header map[string]string
	Body   []byte
}

// Response is an HTTP response whose Body streams.
type Response struct {
	Status int
	Header map[string]string // keys in lower case
	Body   io.ReadCloser
}

// State is what a probe found. Each wrong state has its own words and its own way out in the interface.
type State string

// The states of a service.
const (
	StateReady     State = "ready"     // answers, and has at least one model where that is what it is for
	StateNoModels  State = "no_models" // answers, but no model is installed
	StateOffline   State = "offline"   // nobody listens there
	StateForbidden State = "forbidden" // answers 403: refuses our origin
	StateUnauth    State = "unauth"    // answers 401: wants a key
	StateLocked    State = "locked"    // was not asked: its key is in a vault that does not give it now
	StateWrong     State = "wrong"     // something else answers on that port
	StateError     State = "error"     // answers, but with a server error
	StateTimeout   State = "timeout"   // accepted the connection and said nothing
)

// Health is the result of a probe by the service's own path.
type Health struct {
	State   State   `json:"state"`
	Version string  `json:"version,omitempty"`
	Models  []Model `json:"models,omitempty"`
	Detail  string  `json:"detail,omitempty"` // one sentence for a person
	Via     string  `json:"via,omitempty"`    // "runtime" or "kai": who asked
	Millis  int64   `json:"millis"`
}

// Model is something that can answer. Capabilities are the service's own words ("completion", "tools", "thinking",
// "vision", "embedding"); empty when unknown.
type Model struct {
	Name         string   `json:"name"`
	Size         int64    `json:"size,omitempty"` // bytes
	Family       string   `json:"family,omitempty"`
	Parameters   string   `json:"parameters,omitempty"`
	Quantization string   `json:"quantization,omitempty"`
	Context      int      `json:"context,omitempty"` // tokens
	Memory       int64    `json:"memory,omitempty"`  // bytes of the graphics card that it holds while it runs
	Until        string   `json:"until,omitempty"`   // when it leaves memory unless it is asked again, RFC 3339
	Capabilities []string `json:"capabilities,omitempty"`
}

// Embeds says whether a model makes vectors of texts instead of answers. Of most that is known by their names alone.
func (m Model) Embeds() bool {
	if len(m.Capabilities) > 0 {
		return slices.Contains(m.Capabilities, "embedding")
	}
	name := strings.ToLower(m.Name + " " + m.Family)
	for _, part := range []string{"embed", "bert", "minilm", "bge-"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// ChatMessage is one turn sent to a model.
type ChatMessage struct {
	Role      string     `json:"role"` // system, user, assistant, tool
	Content   string     `json:"content"`
	Images    []string   `json:"images,omitempty"` // base64
	ToolCalls []ToolCall `json:"toolCalls,omitempty"`
	ToolName  string     `json:"toolName,omitempty"`

	// ToolCallID says which call a tool's message answers. The OpenAI shape demands it.
	ToolCallID string `json:"toolCallId,omitempty"`
}

// ToolCall is a model's wish to call a tool. Arguments is a JSON object.
type ToolCall struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// Tool describes a function to a model; Parameters is a JSON Schema.
type Tool struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Parameters  string `json:"parameters,omitempty"`
}

// ChatRequest asks for an answer. Temperature and the like are nil when the service's default shall hold.
type ChatRequest struct {
	Model       string        `json:"model"`
	Messages    []ChatMessage `json:"messages"`
	Tools       []Tool        `json:"tools,omitempty"`
	Think       *bool         `json:"think,omitempty"`
	Temperature *float64      `json:"temperature,omitempty"`
	TopP        *float64      `json:"topP,omitempty"`
	Seed        *int64        `json:"seed,omitempty"`
	Stop        []string      `json:"stop,omitempty"` // the answer ends before any of these
	MaxTokens   int           `json:"maxTokens,omitempty"`
	Context     int           `json:"context,omitempty"`
	KeepAlive   string        `json:"keepAlive,omitempty"`
	Format      string        `json:"format,omitempty"` // "" | "json" | a JSON Schema
}

// ChatDelta is a piece of a streamed answer.
type ChatDelta struct {
	Text      string     `json:"text,omitempty"`
	Thinking  string     `json:"thinking,omitempty"`
	ToolCalls []ToolCall `json:"toolCalls,omitempty"`
}

// ChatResult is how an answer ended. Reason is "stop", "length" or "tool_calls".
type ChatResult struct {
	Reason       string        `json:"reason"`
	PromptTokens int           `json:"promptTokens,omitempty"`
	Tokens       int           `json:"tokens,omitempty"`
	Took         time.Duration `json:"took,omitempty"` // time spent generating, in nanoseconds
}

// Progress is one step of long work such as a model download. Total is 0 while unknown.
type Progress struct {
	Status    string `json:"status"`
	Completed int64  `json:"completed,omitempty"`
	Total     int64  `json:"total,omitempty"`
}

// Gateway is everything kAI asks of services. Local asks connectors over a Transport; Remote asks the companion.
type Gateway interface {
	Probe(ctx context.Context, s Spec) (Health, error)
	Models(ctx context.Context, s Spec) ([]Model, error)
	Show(ctx context.Context, s Spec, model string) (Model, error)
	Running(ctx context.Context, s Spec) ([]Model, error)
	Pull(ctx context.Context, s Spec, model string, report func(Progress) error) error
	Unload(ctx context.Context, s Spec, model string) error
	Delete(ctx context.Context, s Spec, model string) error
	Embed(ctx context.Context, s Spec, model string, texts []string) ([][]float32, error)
	Chat(ctx context.Context, s Spec, r ChatRequest, emit func(ChatDelta) error) (ChatResult, error)
}
