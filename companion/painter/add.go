package painter

import (
	"context"
	"regexp"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/record"
)

const maxKind = 32 // bytes, of the kind of a service

// Add keeps a picture that was made elsewhere. One that was removed comes back.
func (p *Painter) Add(ctx context.Context, in gallery.AddImage) (gallery.Image, error) {
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(in.ID) {
		return gallery.Image{}, fault.New(fault.Invalid, "the id of a picture is a UUID").WithField("id").WithRemedy("make one of what names the picture")
	}
	created, err := time.Parse(time.RFC3339, in.Created)
	if err != nil {
		return gallery.Image{}, fault.New(fault.Invalid, "a picture was made at a time as RFC 3339 has it").WithField("created").WithRemedy("write it like 2026-01-02T03:04:05Z")
	}
	recipe := gallery.Recipe{Service: in.Recipe.Service, Prompt: in.Recipe.Prompt}
	if len(recipe.Prompt) > maxText || len(recipe.Service) > maxKind {
		return gallery.Image{}, fault.New(fault.Invalid, "the recipe is too long").WithField("recipe").WithRemedy("shorten its prompt to %d KB", maxText>>10)
	}
	if err := judge(in.Data, "the import"); err != nil { // one with too many pixels is no reason to stop for whoever adds several
		return gallery.Image{}, fault.New(fault.Malformed, "the picture can't be taken: %w", err).WithField("data").WithRemedy("add a whole PNG or JPEG of less than 8 MB")
	}
	if _, err := p.Get(ctx, in.ID); err == nil {
		return gallery.Image{}, fault.New(fault.Conflict, "this picture is here already").WithField("id")
	}
	return p.keep(ctx, gallery.Image{ID: in.ID, Created: record.Time(created), Recipe: recipe}, in.Data)
}
