package service

import (
	"context"
	"strings"
)

// PictureRequest asks for a picture. Empty fields leave the choice to the service; sizes are in pixels.
type PictureRequest struct {
	Prompt, Negative string
	Seed             int64
	Steps            int
	Guidance         float64
	Sampler, Model   string
	Width, Height    int

	Picture []byte  // to begin from: PNG or JPEG
	Change  float64 // how much of it is made anew, up to 1

	Workflow []byte // of a WorkflowPainter; none for its usual one
}

// Queued is the status of a picture that waits at the service; Completed is then how many are before it.
const Queued = "queued"

// Painter makes pictures.
type Painter interface {
	// Paint makes one and answers its bytes, unjudged. When ctx ends the service is told to stop.
	Paint(ctx context.Context, r PictureRequest, report func(Progress)) ([]byte, error)
	// Choices lists what a request may name.
	Choices(ctx context.Context) (models, samplers []string, err error)
	// Takes lists the fields of a recipe (shared/gallery) that it can follow.
	Takes() []string
}

// WorkflowPainter makes pictures as a person's own workflow says.
type WorkflowPainter interface {
	Painter
	// Read looks into a workflow and lists the fields of a recipe that it has a place for; fault.Invalid where it is none.
	Read(workflow []byte) (takes []string, err error)
}

// Listener is a Transport that can also keep a WebSocket open.
type Listener interface {
	// Listen opens r.URL (http or https) as a WebSocket and hands over each text that comes, until ctx or the connection ends, and
	// answers why. Other messages are passed over.
	Listen(ctx context.Context, r *Request, heard func(text []byte)) error
}

// PictureType reads the media type of a picture from its first bytes, in base64.
func PictureType(picture string) string {
	switch {
	case strings.HasPrefix(picture, "/9j/"):
		return "image/jpeg"
	case strings.HasPrefix(picture, "R0lGOD"):
		return "image/gif"
	case strings.HasPrefix(picture, "UklGR"):
		return "image/webp"
	default:
		return "image/png"
	}
}
