// Package chatapi speaks the API that OpenAI began, so that programs made for it use the services that the person connected:
// models, chats and embeddings at /v1.
//
// It keeps nothing of what is asked. Imports companion/openapi, huma, shared/{fault,service} and the standard library.
package chatapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Options are what the API stands on.
type Options struct {
	Services func(ctx context.Context) ([]service.Spec, error) // those that are connected
	Gateway  service.Gateway
	Now      func() time.Time
}

// Area describes and answers /v1.
func Area(opt Options) func(huma.API) {
	return func(doc huma.API) {
		a := &area{opt: opt, directory: directory{opt: opt}}
		a.describe(doc)
	}
}

type area struct {
	opt       Options
	directory directory
}

func (a *area) describe(doc huma.API) {
	begin := huma.Operation{Tags: []string{"OpenAI-compatible"}, Security: openapi.Programs()}
	op := begin
	op.OperationID, op.Method, op.Path, op.Summary = "openaiModels", http.MethodGet, "/v1/models", "List the models of every connected service"
	op.Responses = openapi.Answer[Models](doc, "200", "The models of the services that answer.", "application/json")
	op.Responses["default"] = wrong(doc)
	openapi.Raw(doc, op, a.models)

	op = begin
	op.OperationID, op.Method, op.Path, op.Summary = "openaiChat", http.MethodPost, "/v1/chat/completions", "Have a model answer"
	op.Description = "The conversation is not kept. The answer stops when the caller goes. Parameters that can't be passed on to the service are refused, not ignored."
	op.RequestBody = openapi.Takes[Chat](doc)
	op.Responses = openapi.Answer[Completion](doc, "200", "The answer, or with stream its pieces as server-sent events that end with [DONE].", "application/json")
	op.Responses["200"].Content["text/event-stream"] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.Metadata = openapi.Streaming()
	op.Responses["default"] = wrong(doc)
	openapi.Raw(doc, op, a.chat)

	op = begin
	op.OperationID, op.Method, op.Path, op.Summary = "openaiEmbeddings", http.MethodPost, "/v1/embeddings", "Turn texts into vectors"
	op.RequestBody = openapi.Takes[Embed](doc)
	op.Responses = openapi.Answer[Vectors](doc, "200", "A vector for each text. Services do not tell how many tokens that took.", "application/json")
	op.Metadata = openapi.Streaming()
	op.Responses["default"] = wrong(doc)
	openapi.Raw(doc, op, a.embed)
}

func wrong(doc huma.API) *huma.Response {
	return openapi.Answer[Refusal](doc, "default", "What went wrong.", openapi.ProblemType)["default"]
}

// Refusal is a Problem that programs made for this API understand, too.
type Refusal struct {
	openapi.Problem
	OpenAI *Wrong `json:"error,omitempty" doc:"The same in the words of this API."`
}

// Wrong is an error in the words of this API.
type Wrong struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

func refusalOf(err error) Refusal {
	p := openapi.ProblemOf(err)
	out := Refusal{*p, &Wrong{Message: p.Detail, Type: "invalid_request_error", Code: p.Code}}
	if p.Remedy != "" {
		out.OpenAI.Message += "; " + p.Remedy
	}
	if p.Field != "" {
		out.OpenAI.Param = &p.Field
	}
	if p.Status >= http.StatusInternalServerError {
		out.OpenAI.Type = "server_error"
	}
	return out
}

func refuse(w http.ResponseWriter, err error) {
	out := refusalOf(err)
	w.Header().Set("Content-Type", openapi.ProblemType)
	w.WriteHeader(out.Status)
	_ = json.NewEncoder(w).Encode(out) // the reader has gone
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}

// decode reads a request. Fields that are not known are let be: programs send many.
func decode[T any](r *http.Request) (in T, err error) {
	text, err := openapi.Body(r)
	if err != nil {
		return in, err
	}
	return parse[T](text)
}

func parse[T any](text []byte) (in T, err error) {
	if err := json.Unmarshal(text, &in); err != nil {
		var f *fault.Fault
		if errors.As(err, &f) {
			return in, f
		}
		return in, fault.Wrap(fault.Invalid, err, "the request is not what this API takes: "+plain(err)).WithRemedy("see /docs")
	}
	return in, nil
}

// plain says what does not fit, without repeating what was sent.
func plain(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return kind.Field + " is a " + kind.Value
	}
	return "it is not JSON"
}
