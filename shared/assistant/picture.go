package assistant

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// Limits of pictures.
const (
	MaxPictureBytes = 8 << 20  // of one
	maxShown        = 24 << 20 // base64 of all that go to a model at once; the newest are kept
	PictureTokens   = 1024     // what one takes of a model's window, about: they differ
)

// TypeImage is the type of an attachment that is a picture.
const TypeImage = "image"

// vision is what a service calls a model that sees.
const vision = "vision"

// checkPicture is the static check of a picture: the name of a blob. That it is there is seen when it is read.
func checkPicture(at *Attachment, field string) error {
	if len(at.Blob) != len("sha256:")+64 {
		return fault.New(fault.Invalid, "a picture is the name of what blob.put kept").WithField(field + ".blob")
	}
	*at = Attachment{Type: TypeImage, Title: cutText(oneLine(at.Title), maxTitleRunes), Blob: at.Blob}
	return nil
}

// showPictures puts the pictures of turns in the place of the names of their blobs. Those of the question must be there and
// seen by the model; of earlier ones what can be read goes along, newest first, as far as there is room.
func (a *Assistant) showPictures(ctx context.Context, t target, turns []service.ChatMessage) error {
	room, blind := maxShown, error(nil)
	for i := len(turns) - 1; i >= 0; i-- {
		names := turns[i].Images
		turns[i].Images = nil
		for _, name := range names {
			if room == maxShown {
				blind = a.blindness(ctx, t)
				room--
			}
			data, err := "", blind
			if err == nil {
				data, err = a.picture(ctx, name)
			}
			if room -= len(data); err == nil && room > 0 {
				turns[i].Images = append(turns[i].Images, data)
			} else if err != nil && i == len(turns)-1 {
				return err
			}
		}
	}
	return nil
}

// blindness is the fault of a model that is known to see nothing. One of which nothing is known is asked.
func (a *Assistant) blindness(ctx context.Context, t target) error {
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	m, err := a.deps.Gateway.Show(ctx, t.service.Body.Spec, t.model)
	if err != nil || len(m.Capabilities) == 0 || slices.Contains(m.Capabilities, vision) {
		return nil //nolint:nilerr // the service will say what is wrong
	}
	return fault.New(fault.Unsupported, "%s cannot see pictures", t.model).WithField("model").
		WithRemedy("choose a model that sees, such as gemma3 or llava, or remove the picture")
}

// picture reads one, in base64.
func (a *Assistant) picture(ctx context.Context, name string) (string, error) {
	body, err := a.deps.Blobs(ctx, MethodBlobGet, json.RawMessage(`{"id":`+strconv.Quote(name)+`}`))
	return store.IndexKey(body, "data"), err
}

// sweepPictures deletes those from before a time that no record names any more.
func (a *Assistant) sweepPictures(ctx context.Context, before time.Time) {
	in := json.RawMessage(`{"before":` + strconv.FormatInt(before.UnixMilli(), 10) + `}`)
	_, _ = a.deps.Blobs(ctx, BlobSweep, in) // what is left is found by the next
}

// NoBlobs answers the methods of blobs where nothing keeps any.
func NoBlobs(context.Context, string, json.RawMessage) (json.RawMessage, error) {
	return nil, fault.New(fault.Unsupported, "pictures cannot be kept here").WithRemedy("ask without one")
}
