package a1111

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

const (
	lookEvery = time.Second      // at how far a picture is
	stopTime  = 5 * time.Second  // for telling the service to stop
	paintTime = 30 * time.Minute // the web UI says nothing until the picture is whole
)

// recipe is the body of txt2img and of img2img, in the service's words.
type recipe struct {
	Prompt   string            `json:"prompt"`
	Negative string            `json:"negative_prompt,omitempty"`
	Seed     int64             `json:"seed"`
	Steps    int               `json:"steps,omitempty"`
	Guidance float64           `json:"cfg_scale,omitempty"`
	Sampler  string            `json:"sampler_name,omitempty"`
	Width    int               `json:"width,omitempty"`
	Height   int               `json:"height,omitempty"`
	Override map[string]string `json:"override_settings,omitempty"`

	// Of img2img alone.
	Pictures []string `json:"init_images,omitempty"`
	Change   float64  `json:"denoising_strength,omitempty"`
	Fit      int      `json:"resize_mode,omitempty"`
}

// cropAndResize keeps the proportions of a picture that has others than those asked for.
const cropAndResize = 1

// Paint makes a picture; see service.Painter. The web UI makes one at a time and tells of that one alone.
func (c *Connector) Paint(ctx context.Context, r service.PictureRequest, report func(service.Progress)) ([]byte, error) {
	path, in := "/sdapi/v1/txt2img", recipe{
		Prompt: r.Prompt, Negative: r.Negative, Seed: r.Seed, Steps: r.Steps, Guidance: r.Guidance, Sampler: r.Sampler, Width: r.Width, Height: r.Height,
	}
	if r.Picture != nil {
		path, in.Fit, in.Change = "/sdapi/v1/img2img", cropAndResize, r.Change
		in.Pictures = []string{base64.StdEncoding.EncodeToString(r.Picture)}
	}
	if r.Model != "" {
		in.Override = map[string]string{"sd_model_checkpoint": r.Model}
	}
	looking, end := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.follow(looking, report)
	}()
	var out struct {
		Images []string `json:"images"`
	}
	err := c.client.JSON(ctx, "POST", path, in, &out, paintTime)
	end()
	<-over
	switch {
	case ctx.Err() != nil:
		c.stop(ctx)
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	case len(out.Images) == 0:
		return nil, c.client.Wrong("no picture in the answer")
	}
	data, err := base64.StdEncoding.DecodeString(out.Images[0])
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, err, "the picture that the Stable Diffusion web UI sent is cut or damaged").WithRemedy("try again")
	}
	return data, nil
}

// follow reports how far the picture is until ctx ends. What it cannot learn it does not tell.
func (c *Connector) follow(ctx context.Context, report func(service.Progress)) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var now struct {
			Progress float64 `json:"progress"`
		}
		err := c.client.JSON(ctx, "GET", "/sdapi/v1/progress?skip_current_image=true", nil, &now, c.client.Limits.Reply)
		if err == nil && now.Progress > 0 && now.Progress <= 1 {
			report(service.Progress{Status: "painting", Completed: int64(now.Progress * 100), Total: 100})
		}
	}
}

// stop has the web UI end the picture, which it would otherwise finish for nobody.
func (c *Connector) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	_ = c.client.JSON(ctx, "POST", "/sdapi/v1/interrupt", nil, nil, stopTime) // it has ended, or is away
}

// Choices lists the models and samplers; see service.Painter.
func (c *Connector) Choices(ctx context.Context) (models, samplers []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.client.Limits.Probe)
	defer cancel()
	if models, err = c.names(ctx, "/sdapi/v1/sd-models", func(n named) string { return n.Model }); err != nil {
		return nil, nil, err
	}
	samplers, err = c.names(ctx, "/sdapi/v1/samplers", func(n named) string { return n.Name })
	return models, samplers, err
}

// named is an entry of a list, as far as it is wanted.
type named struct {
	Model string `json:"model_name"`
	Name  string `json:"name"`
}

func (c *Connector) names(ctx context.Context, path string, name func(named) string) ([]string, error) {
	var list []named
	if err := c.client.JSON(ctx, "GET", path, nil, &list, c.client.Limits.Probe); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(list))
	for _, n := range list {
		if text := name(n); text != "" {
			out = append(out, text)
		}
	}
	return out, nil
}

// Takes lists all but a workflow; see service.Painter.
func (c *Connector) Takes() []string {
	return []string{"prompt", "negative", "seed", "steps", "guidance", "sampler", "model", "width", "height", "from", "change"}
}

var _ service.Painter = (*Connector)(nil)
