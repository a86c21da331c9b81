// Package openapi describes kai's HTTP API as it is registered: what is not described is not served, so the document
// (OpenAPI 3.1) can't differ from the server.
//
// It also holds the one form of errors (Problem, RFC 9457), streams of events, and the page that shows the document without
// any script. Imports huma, shared/fault and the standard library; companion/api puts it behind its guard.
package openapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kindos/kai/shared/fault"
)

// The names of the ways to sign in, in the document.
const (
	Bearer = "token"
	Cookie = "cookie"
)

// New begins a document. Handle of the adapter is called once for each operation.
func New(version string, adapter huma.Adapter) huma.API {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	registry.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return huma.NewAPI(huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "kAI", Version: version, Description: "Everything that kAI's own web app can do, for programs. " +
				"Every call needs the token that kai token prints, also on this computer. Errors are Problem Details (RFC 9457)."},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				Bearer: {Type: "http", Scheme: "bearer", Description: "The token that kai token prints, or the session that the vault's password opens (POST /api/auth/session)."},
				Cookie: {Type: "apiKey", In: "cookie", Name: "kai-session", Description: "The web app's session. It counts only from kai's own pages."},
			}},
			Servers: []*huma.Server{{URL: "/"}},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{asProblem},
	}, adapter)
}

// schemaName tells types of the same name in different packages apart.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch path.Base(t.PkgPath()) {
	case "driver":
		return "Driver" + name
	case "gallery":
		return "Gallery" + name
	case "chatapi":
		return "OpenAI" + name
	}
	return name
}

// Everybody is the security of an operation that tells no secret: it needs no token.
func Everybody() []map[string][]string { return []map[string][]string{{}} }

// Programs is the security of an operation that no page calls: only the token or a session in the header counts.
func Programs() []map[string][]string { return []map[string][]string{{Bearer: {}}} }

// People is the security of every other operation: the web app's cookie counts too, from kai's own pages.
func People() []map[string][]string { return []map[string][]string{{Bearer: {}}, {Cookie: {}}} }

// Open says whether an operation is for everybody.
func Open(op *huma.Operation) bool {
	for _, way := range op.Security {
		if len(way) == 0 {
			return true
		}
	}
	return false
}

// TakesCookie says whether the web app's cookie signs in to an operation.
func TakesCookie(op *huma.Operation) bool {
	for _, way := range op.Security {
		if _, ok := way[Cookie]; ok {
			return true
		}
	}
	return false
}

// streaming marks operations whose answer takes as long as it takes.
const streaming = "streaming"

// Streaming marks an operation whose answer takes as long as it takes.
func Streaming() map[string]any { return map[string]any{streaming: true} }

// Streams says whether it is one.
func Streams(op *huma.Operation) bool { return op.Metadata[streaming] == true }

// watching marks operations that a page asks for by itself, whether or not somebody sits before it.
const watching = "watching"

// Watching marks an operation that a page asks for by itself: being asked for it is no use that keeps a vault unlocked.
func Watching() map[string]any { return map[string]any{watching: true} }

// Watches says whether it is one.
func Watches(op *huma.Operation) bool { return op.Metadata[watching] == true }

// StreamingAlone marks an operation that is both Streaming and Watching.
func StreamingAlone() map[string]any { return map[string]any{streaming: true, watching: true} }

// complete gives an operation what all have: People unless said otherwise, and Problems.
func complete(op *huma.Operation) {
	if op.Security == nil {
		op.Security = People()
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	if op.Responses["default"] == nil {
		op.Responses["default"] = &huma.Response{
			Description: "What went wrong.",
			Content:     map[string]*huma.MediaType{ProblemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}},
		}
	}
}

// Handle registers an operation whose input and output are described by types. Errors answer as Problems.
func Handle[I, O any](doc huma.API, op huma.Operation, serve func(context.Context, *I) (*O, error)) {
	complete(&op)
	huma.Register(doc, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := serve(ctx, in)
		if err != nil {
			return nil, ProblemOf(err)
		}
		return out, nil
	})
}

// Raw registers an operation that reads and answers HTTP itself; op describes what it does.
func Raw(doc huma.API, op huma.Operation, serve http.HandlerFunc) {
	complete(&op)
	doc.OpenAPI().AddOperation(&op)
	doc.Adapter().Handle(&op, doc.Middlewares().Handler(func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		serve(w, r.WithContext(ctx.Context()))
	}))
}

// Answers describes an answer without a body.
func Answers(status, what string) map[string]*huma.Response {
	return map[string]*huma.Response{status: {Description: what}}
}

// Answer describes an answer of a type.
func Answer[T any](doc huma.API, status, what, mediaType string) map[string]*huma.Response {
	schema := doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	return map[string]*huma.Response{status: {Description: what, Content: map[string]*huma.MediaType{mediaType: {Schema: schema}}}}
}

// Takes describes a request whose body is a type, in JSON.
func Takes[T any](doc huma.API) *huma.RequestBody {
	schema := doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// Body reads the body of a request whole. The server bounds its size; what is over that answers fault.Exhausted.
func Body(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fault.New(fault.Exhausted, "the request is larger than %d MB", large.Limit>>20).WithField("body").WithRemedy("send less at a time")
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "the request did not come whole")
	}
	return text, nil
}

// NotThere is the answer to an address that is none.
func NotThere(method, path string) error {
	return fault.New(fault.NotFound, "there is no %s %s", method, path).WithRemedy("see /docs for what there is")
}
