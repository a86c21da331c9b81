package mcp

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
)

// tools answer from the methods of the assistant.
type tools struct{ methods protocol.Handler }

func (t tools) add(server *mcp.Server) {
	reads := &mcp.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true}
	mcp.AddTool(server, &mcp.Tool{Name: "search", Description: "Search the person's conversations: titles and messages with all of the words, newest first.", Annotations: reads}, t.search)
	mcp.AddTool(server, &mcp.Tool{Name: "read", Description: "Read a conversation: its newest messages in reading order; next asks for older ones.", Annotations: reads}, t.read)
	mcp.AddTool(server, &mcp.Tool{Name: "ask", Description: "Ask the person's model something. A new conversation is kept with the question and the answer."}, t.ask)
}

// Search is what search takes.
type Search struct {
	Words string `json:"words" jsonschema:"words that must all occur"`
	Limit int    `json:"limit,omitempty" jsonschema:"how many at most, 1 to 500; 20 when left out"`
}

// Hits is what search answers.
type Hits struct {
	Hits []Hit `json:"hits"`
}

// Hit is one place where the words occur. Message is empty when it is the title.
type Hit struct {
	Conversation string `json:"conversation" jsonschema:"the conversation's id, for read"`
	Title        string `json:"title"`
	Message      string `json:"message,omitempty"`
	Role         string `json:"role,omitempty"`
	Snippet      string `json:"snippet"`
}

// usualHits is how many hits are given when the caller does not say: a model reads all of them.
const usualHits = 20

func (t tools) search(ctx context.Context, _ *mcp.CallToolRequest, in Search) (*mcp.CallToolResult, Hits, error) {
	if in.Limit == 0 {
		in.Limit = usualHits
	}
	found, err := call[assistant.Found](ctx, t.methods, assistant.MethodSearch, assistant.Search{Words: in.Words, Limit: in.Limit})
	out := Hits{Hits: []Hit{}}
	for _, h := range found.Hits {
		out.Hits = append(out.Hits, Hit{h.Conversation.ID, h.Conversation.Title, h.Message, h.Role, h.Snippet})
	}
	return nil, out, err
}

// Read is what read takes.
type Read struct {
	Conversation string `json:"conversation" jsonschema:"the conversation's id"`
	Before       string `json:"before,omitempty" jsonschema:"next of the page that was read last"`
	Limit        int    `json:"limit,omitempty" jsonschema:"how many messages at most, 1 to 500; 50 when left out"`
}

// Page is what read answers.
type Page struct {
	Title    string    `json:"title"`
	Messages []Message `json:"messages"`
	Next     string    `json:"next,omitempty" jsonschema:"for older messages; left out when there are none"`
}

// Message is one message.
type Message struct {
	Role    string `json:"role" jsonschema:"user or assistant"`
	Text    string `json:"text"`
	Model   string `json:"model,omitempty"`
	Created string `json:"created"`
}

func (t tools) read(ctx context.Context, _ *mcp.CallToolRequest, in Read) (*mcp.CallToolResult, Page, error) {
	out := Page{Messages: []Message{}}
	page, err := call[assistant.MessagePage](ctx, t.methods, assistant.MethodMessageList,
		assistant.ListMessages{Conversation: in.Conversation, Before: in.Before, Limit: in.Limit})
	out.Title, out.Next = page.Conversation.Title, page.Next
	for _, m := range page.Messages {
		out.Messages = append(out.Messages, Message{m.Role, m.Text, m.Model, m.Created})
	}
	return nil, out, err
}

// Ask is what ask takes.
type Ask struct {
	Text    string `json:"text" jsonschema:"the question"`
	Service string `json:"service,omitempty" jsonschema:"the id of a connected service; the usual one when left out"`
	Model   string `json:"model,omitempty" jsonschema:"a model of it; the usual one when left out"`
}

// Answer is what ask answers.
type Answer struct {
	Answer       string `json:"answer"`
	Conversation string `json:"conversation" jsonschema:"where question and answer are kept"`
	Model        string `json:"model"`
}

// stopTime bounds letting a model go whose caller has gone.
const stopTime = 10 * time.Second

func (t tools) ask(ctx context.Context, _ *mcp.CallToolRequest, in Ask) (*mcp.CallToolResult, Answer, error) {
	sent, err := call[assistant.Sent](ctx, t.methods, assistant.MethodMessageSend, assistant.Send{Text: in.Text, Service: in.Service, Model: in.Model})
	out := Answer{Conversation: sent.Conversation.ID, Model: sent.Answer.Model}
	if err != nil {
		return nil, out, err
	}
	ctx, cancel := untilGone(ctx)
	defer cancel()
	var text strings.Builder
	var end run.Delta
	err = t.follow(ctx, sent.Run, func(d run.Delta) {
		text.WriteString(d.Text)
		end = d
	})
	out.Answer = text.String()
	switch {
	case err != nil:
		return nil, out, said(err)
	case end.Fault != nil:
		return nil, out, said(end.Fault)
	case end.State != run.StateDone:
		return nil, out, said(fault.New(fault.Canceled, "the answer was stopped"))
	}
	return nil, out, nil
}

// follow hands on an answer until it has ended. When the caller goes, the model is let go: nobody reads it.
func (t tools) follow(ctx context.Context, id string, each func(run.Delta)) error {
	err := protocol.Listen(ctx, t.methods, assistant.MethodRunAttach, assistant.Attach{Run: id}, func(d run.Delta) error {
		each(d)
		return nil
	})
	if ctx.Err() == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	_, stopped := call[assistant.Empty](ctx, t.methods, assistant.MethodRunStop, assistant.ByID{ID: id})
	return errors.Join(err, stopped)
}
