// Package mcp lets other assistants use kAI by the Model Context Protocol (streamable HTTP at /mcp): they search and read
// conversations, and ask the models that are connected.
//
// It calls the assistant's methods, as views do, and keeps no session: each call stands for itself, so a client that vanishes
// leaves nothing behind. Imports companion/openapi, the protocol's own SDK and shared/{assistant,fault,protocol,run}.
package mcp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Path is where the server is.
const Path = "/mcp"

// maxCall bounds one call in bytes.
const maxCall = 4 << 20

// Area describes and answers Path from the methods of a handler.
func Area(methods protocol.Handler, version string, log *slog.Logger) func(huma.API) {
	serve := sync.OnceValue(func() http.Handler { return handler(methods, version, log) }) // few starts of kai come to it
	answer := func(w http.ResponseWriter, r *http.Request) {
		serve().ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, r.Context())))
	}
	return func(doc huma.API) {
		op := huma.Operation{
			Tags: []string{"MCP"}, Security: openapi.Programs(), OperationID: "mcp", Method: http.MethodPost, Path: Path,
			Summary: "A call by the Model Context Protocol", Description: "Tools: search, read, ask. There are no sessions.",
			Metadata: openapi.Streaming(),
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
				"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, Description: "A JSON-RPC 2.0 message.", AdditionalProperties: true}},
			}},
			Responses: map[string]*huma.Response{
				"200": {Description: "The answer as server-sent events.", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}},
				"202": {Description: "A notification was taken."},
				"400": {Description: "That is not this protocol, in words."},
				"415": {Description: "That is not JSON, in words."},
			},
		}
		openapi.Raw(doc, op, answer)
		op.OperationID, op.Method, op.RequestBody, op.Metadata = "mcpStream", http.MethodGet, nil, nil
		op.Summary, op.Description, op.Responses = "Nothing: there are no streams outside of calls", "", openapi.Answers("405", "As the protocol says.")
		openapi.Raw(doc, op, answer)
	}
}

// handler is the server of the protocol.
func handler(methods protocol.Handler, version string, log *slog.Logger) http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "kai", Title: "kAI", Version: version}, &mcp.ServerOptions{
		Instructions: "The person's own conversations with their models, on this computer. Search before you read.",
		Logger:       log,
	})
	tools{methods}.add(server)
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, &mcp.StreamableHTTPOptions{
		Stateless: true, Logger: log, MaxRequestBodyBytes: maxCall,
		DisableLocalhostProtection: true, // the guard has checked the name, exactly
	})
}

// callerKey is where a call leaves the life of its request: the SDK hands tools a context that outlives the caller.
type callerKey struct{}

// untilGone ends with the caller.
func untilGone(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if caller, ok := ctx.Value(callerKey{}).(context.Context); ok {
		context.AfterFunc(caller, cancel)
	}
	return ctx, cancel
}

// call calls a method of the assistant.
func call[Out any](ctx context.Context, h protocol.Handler, method string, in any) (out Out, err error) {
	if out, err = protocol.Ask[Out](ctx, h, method, in); err != nil {
		return out, said(err)
	}
	return out, nil
}

// told is a fault in the words that a model reads: it sees the text alone.
type told struct{ fault *fault.Fault }

func said(err error) error { return told{fault.Public(err)} }

// Error says what is wrong and what to do.
func (t told) Error() string {
	if t.fault.Remedy == "" {
		return t.fault.Message
	}
	return t.fault.Message + "; " + t.fault.Remedy
}
