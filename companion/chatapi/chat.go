package chatapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
)

// Completion is a whole answer.
type Completion struct {
	ID      string   `json:"id"`
	Object  string   `json:"object" enum:"chat.completion"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []Option `json:"choices"`
	Usage   Usage    `json:"usage"`
}

// Option is the answer; there is one.
type Option struct {
	Index        int    `json:"index"`
	Message      Answer `json:"message"`
	Logprobs     *int   `json:"logprobs" doc:"Always null."`
	FinishReason string `json:"finish_reason" doc:"stop, length or tool_calls."`
}

// Answer is what the model said.
type Answer struct {
	Role             string  `json:"role" enum:"assistant"`
	Content          *string `json:"content"`
	ReasoningContent string  `json:"reasoning_content,omitempty" doc:"What it thought, if the service tells."`
	ToolCalls        []Call  `json:"tool_calls,omitempty"`
	Refusal          *string `json:"refusal" doc:"Always null."`
}

// Usage counts tokens, as far as the service tells.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
}

func usageOf(r service.ChatResult) Usage {
	return Usage{r.PromptTokens, r.Tokens, r.PromptTokens + r.Tokens}
}

func (a *area) chat(w http.ResponseWriter, r *http.Request) {
	in, err := decode[Chat](r)
	if err != nil {
		refuse(w, err)
		return
	}
	question, err := in.request()
	if err != nil {
		refuse(w, err)
		return
	}
	from, err := a.directory.find(r.Context(), in.Model)
	if err != nil {
		refuse(w, err)
		return
	}
	question.Model = from.model
	head := Completion{ID: "chatcmpl-" + record.NewID(a.opt.Now()), Created: a.opt.Now().Unix(), Model: in.Model}
	if in.Stream {
		a.pieces(r.Context(), w, from.spec, question, newChunks(head, in.StreamOptions != nil && in.StreamOptions.IncludeUsage))
		return
	}
	a.whole(r.Context(), w, from.spec, question, head)
}

// whole answers in one piece.
func (a *area) whole(ctx context.Context, w http.ResponseWriter, s service.Spec, question service.ChatRequest, out Completion) {
	var text, thinking strings.Builder
	said := Answer{Role: "assistant"}
	result, err := a.opt.Gateway.Chat(ctx, s, question, func(d service.ChatDelta) error {
		text.WriteString(d.Text)
		thinking.WriteString(d.Thinking)
		said.ToolCalls = append(said.ToolCalls, callsOf(d.ToolCalls)...)
		if text.Len()+thinking.Len() > maxAnswer {
			return fault.New(fault.Exhausted, "the answer grew over %d MB and was stopped", maxAnswer>>20).WithRemedy("ask for less at a time, or with stream")
		}
		return nil
	})
	if err != nil {
		refuse(w, err)
		return
	}
	if content := text.String(); content != "" || len(said.ToolCalls) == 0 {
		said.Content = &content
	}
	said.ReasoningContent = thinking.String()
	out.Object, out.Usage = "chat.completion", usageOf(result)
	out.Choices = []Option{{Message: said, FinishReason: result.Reason}}
	answer(w, out)
}

// maxAnswer bounds an answer that is given in one piece, in bytes.
const maxAnswer = 8 << 20

func callsOf(calls []service.ToolCall) []Call {
	var out []Call
	for _, c := range calls {
		id := c.ID
		if id == "" { // some services give none, and this API answers calls by it
			id = "call_" + c.Name
		}
		out = append(out, Call{ID: id, Type: "function", Function: Called{c.Name, c.Arguments}})
	}
	return out
}

// pieces answers as the model speaks. When the reader goes, writing fails or ctx ends, and the service is let go.
func (a *area) pieces(ctx context.Context, w http.ResponseWriter, s service.Spec, question service.ChatRequest, c *chunks) {
	events := openapi.NewEvents(w, openapi.Later)
	result, err := a.opt.Gateway.Chat(ctx, s, question, func(d service.ChatDelta) error {
		return c.each(d, func(chunk []byte) error { return events.Data("", "", chunk) })
	})
	if err != nil {
		if events.Close() {
			text, _ := json.Marshal(refusalOf(err)) // plain data
			_ = events.Data("", "", text)           // the reader has gone
			events.Close()
			return
		}
		refuse(w, err)
		return
	}
	for _, chunk := range c.last(result) {
		_ = events.Data("", "", chunk) // as above
	}
	_ = events.Data("", "", []byte("[DONE]"))
	events.Close()
}
