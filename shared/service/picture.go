package service

import "context"

// PictureRequest asks for a picture. Empty fields leave the choice to the service; sizes are in pixels.
type PictureRequest struct {
	Prompt, Negative string
	Seed             int64
	Steps            int
	Guidance         float64
	Sampler, Model   string
	Width, Height    int
}

// Painter makes pictures.
type Painter interface {
	// Paint makes one and answers its bytes, unjudged. When ctx ends the service is told to stop.
	Paint(ctx context.Context, r PictureRequest, report func(Progress)) ([]byte, error)
	// Choices lists what a request may name.
	Choices(ctx context.Context) (models, samplers []string, err error)
}
