package rest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// shelved are all things of one kind of the library.
type shelved[T any] struct {
	Items []T `json:"items"`
}

type putItem[T any] struct {
	ByID
	Body T
}

func (a area) library() {
	shelf[assistant.Folder](a, "Folder", "folders", "folder of conversations", record.KindFolder, func(f *assistant.Folder, id string) { f.ID = id })
	shelf[assistant.Prompt](a, "Prompt", "prompts", "prompt", record.KindPrompt, func(p *assistant.Prompt, id string) { p.ID = id })
	shelf[assistant.Persona](a, "Persona", "personas", "persona", record.KindPersona, func(p *assistant.Persona, id string) { p.ID = id })
}

// shelf registers the operations of one kind.
func shelf[T any](a area, name, path, words string, kind record.Kind, identify func(*T, string)) {
	const tag = "Library"
	all := func(ctx context.Context, r record.Record) (*reply[shelved[T]], error) {
		page, err := protocol.Ask[store.Page](ctx, a.methods, assistant.MethodLibrary, r)
		out := shelved[T]{Items: make([]T, 0, len(page.Records))}
		for _, r := range page.Records {
			var item T
			if json.Unmarshal(r.Body, &item) == nil { // what a later kai wrote in another way is not shown
				out.Items = append(out.Items, item)
			}
		}
		return &reply[shelved[T]]{out}, err
	}
	openapi.Handle(a.doc, operation(tag, "list"+name+"s", http.MethodGet, "/"+path, "List every "+words),
		func(ctx context.Context, _ *struct{}) (*reply[shelved[T]], error) {
			return all(ctx, record.Record{Kind: kind})
		})
	openapi.Handle(a.doc, operation(tag, "put"+name, http.MethodPut, "/"+path+"/{id}", "Keep a "+words+", and list them all"),
		func(ctx context.Context, in *putItem[T]) (*reply[shelved[T]], error) {
			identify(&in.Body, in.ID)
			body, err := json.Marshal(in.Body)
			if err != nil {
				return nil, err
			}
			return all(ctx, record.Record{Kind: kind, ID: in.ID, Body: body})
		})
	openapi.Handle(a.doc, operation(tag, "remove"+name, http.MethodDelete, "/"+path+"/{id}", "Take a "+words+" away, and list the others"),
		func(ctx context.Context, in *ByID) (*reply[shelved[T]], error) {
			return all(ctx, record.Record{Kind: kind, ID: in.ID})
		})
}
