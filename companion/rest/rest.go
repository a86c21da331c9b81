// Package rest serves at /api/v1 what views do, for programs: each operation calls one method of the assistant, which stays
// the only truth, or one of the queue of tasks.
//
// Imports companion/{openapi,queue}, huma and shared/{assistant,config,fault,gallery,protocol,record,run,service,store}.
package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/protocol"
)

// Base begins every address of this package.
const Base = "/api/v1"

// maxAsk bounds the body of a question in bytes: 16 attachments and a text.
const maxAsk = 8 << 20

// askTime bounds how long it may take to come.
const askTime = 30 * time.Second

// Area answers the methods of a handler, tells the configuration in force, whose secrets mask themselves, and shows the queue
// of tasks, or why there is none.
func Area(methods protocol.Handler, c func() config.Standalone, tasks func() (queue.Queue, error)) func(huma.API) {
	return func(doc huma.API) {
		a := area{doc, methods}
		a.conversations()
		a.library()
		a.messages()
		a.pictures()
		a.images()
		a.runs()
		a.services()
		a.models()
		a.settings(c)
		a.tasks(tasks)
	}
}

// area is what every operation needs.
type area struct {
	doc     huma.API
	methods protocol.Handler
}

// reply is an answer with a body.
type reply[T any] struct{ Body T }

// none is an answer without one.
type none struct{}

// ByID names one thing in an address. It is exported for huma, which reads no other embedded fields.
type ByID struct {
	ID string `path:"id" doc:"Its id." maxLength:"128"`
}

// operation begins a description. The id is also the name of the function in generated clients.
func operation(tag, id, method, path, summary string) huma.Operation {
	return huma.Operation{Tags: []string{tag}, OperationID: id, Method: method, Path: Base + path, Summary: summary}
}

// answers registers an operation whose answer is what a method answers; of makes the method's body from the input.
func answers[In, Out any](a area, op huma.Operation, method string, of func(*In) any) {
	openapi.Handle(a.doc, op, func(ctx context.Context, in *In) (*reply[Out], error) {
		out, err := protocol.Ask[Out](ctx, a.methods, method, of(in))
		return &reply[Out]{out}, err
	})
}

// does registers an operation that answers nothing.
func does[In any](a area, op huma.Operation, method string, of func(*In) any) {
	op.DefaultStatus = http.StatusNoContent
	openapi.Handle(a.doc, op, func(ctx context.Context, in *In) (*none, error) {
		_, err := protocol.Ask[assistant.Empty](ctx, a.methods, method, of(in))
		return &none{}, err
	})
}
