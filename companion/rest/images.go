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
}
