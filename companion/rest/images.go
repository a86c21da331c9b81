package rest

import (
	"context"
	"net/http"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/protocol"
)

type imagePage struct {
	After string `query:"after" doc:"next of the page before." maxLength:"2048"`
	Limit int    `query:"limit" doc:"How many at most." minimum:"1" maximum:"100" default:"50"`
}

type makeImage struct{ Body gallery.Recipe }

type putWorkflow struct {
	ByID
	Body struct {
		Name string `json:"name" maxLength:"200"`
		Text string `json:"text" maxLength:"1048576" doc:"The file itself, in the format of the service's API: in ComfyUI choose Workflow, Export (API)."`
	}
}

type setImage struct {
	ByID
	Body struct {
		Removed bool `json:"removed" doc:"Whether it is removed; false brings it back."`
	}
}

// images registers the pictures that services make. Their bytes are those of pictures; a making is canceled and repeated as a task.
func (a area) images() {
	const tag = "Images"
	answers[imagePage, gallery.Images](a, operation(tag, "listImages", http.MethodGet, "/images", "List the pictures that were made, newest first, and those in the making"),
		gallery.MethodImagesList, func(in *imagePage) any { return gallery.ListImages{After: in.After, Limit: in.Limit} })
	op := operation(tag, "createImage", http.MethodPost, "/images", "Have a service make a picture")
	op.Description = "A task makes it: cancelTask and retryTask take its number. It is whole when getImage finds it."
	op.DefaultStatus = http.StatusAccepted
	answers[makeImage, gallery.Making](a, op, gallery.MethodImagesMake, func(in *makeImage) any { return in.Body })
	answers[ByID, gallery.Image](a, operation(tag, "getImage", http.MethodGet, "/images/{id}", "Say how a picture was made"),
		gallery.MethodImagesGet, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
	answers[setImage, gallery.Image](a, operation(tag, "setImage", http.MethodPut, "/images/{id}", "Remove a picture, or bring it back within ten minutes"),
		gallery.MethodImagesSet, func(in *setImage) any { return gallery.SetImage{ID: in.ID, Removed: in.Body.Removed} })
	gone := operation(tag, "deleteImage", http.MethodDelete, "/images/{id}", "Delete a picture")
	gone.Description, gone.DefaultStatus = "It can be brought back for ten minutes.", http.StatusNoContent
	openapi.Handle(a.doc, gone, func(ctx context.Context, in *ByID) (*none, error) {
		_, err := protocol.Ask[gallery.Image](ctx, a.methods, gallery.MethodImagesSet, gallery.SetImage{ID: in.ID, Removed: true})
		return &none{}, err
	})
	answers[struct{}, gallery.Services](a, operation(tag, "listImageServices", http.MethodGet, "/image-services", "List the services that make pictures, with what they have"),
		gallery.MethodImagesServices, func(*struct{}) any { return assistant.Empty{} })
	a.imageWorkflows(tag)
}

// imageWorkflows registers the workflows that a person gave to kai; listImageServices lists them.
func (a area) imageWorkflows(tag string) {
	const path = "/image-workflows/{id}"
	answers[ByID, gallery.Workflow](a, operation(tag, "getImageWorkflow", http.MethodGet, path, "Give a workflow with its text"),
		gallery.MethodWorkflowsGet, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
	op := operation(tag, "putImageWorkflow", http.MethodPut, path, "Keep a workflow by which ComfyUI makes pictures, or replace it")
	op.Description = "createImage takes its id. The answer says which fields of a recipe it has a place for; one without a place for the prompt is refused."
	answers[putWorkflow, gallery.Workflow](a, op, gallery.MethodWorkflowsPut, func(in *putWorkflow) any {
		return gallery.Workflow{ID: in.ID, Name: in.Body.Name, Text: in.Body.Text}
	})
	answers[ByID, gallery.Workflow](a, operation(tag, "removeImageWorkflow", http.MethodDelete, path, "Remove a workflow; the answer is what it was"),
		gallery.MethodWorkflowsRemove, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
}
