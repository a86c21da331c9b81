package painter

import (
	"bytes"
	"context"
	"image"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/service"
)

const (
	maxText   = 8 << 10
	maxSide   = 2048
	minSide   = 64
	maxSteps  = 150
	maxGuided = 30
	sideStep  = 8
)

func check(r gallery.Recipe) error {
	wrong := func(field, format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).WithField(field).WithRemedy("correct it, or leave it out")
	}
	switch {
	case strings.TrimSpace(r.Prompt) == "":
		return fault.New(fault.Invalid, "it is not said what is to be seen").WithField("prompt").WithRemedy("describe the picture")
	case len(r.Prompt) > maxText || len(r.Negative) > maxText:
		return wrong("prompt", "a description has at most %d KB", maxText>>10)
	case r.Seed != nil && (*r.Seed < 0 || *r.Seed >= maxSeed):
		return wrong("seed", "a seed is a number from 0 to %d", int64(maxSeed-1))
	case r.Steps < 0 || r.Steps > maxSteps:
		return wrong("steps", "there are 1 to %d steps", maxSteps)
	case !(r.Guidance >= 0 && r.Guidance <= maxGuided):
		return wrong("guidance", "guidance is a number up to %d", maxGuided)
	case !side(r.Width):
		return wrong("width", "a side has %d to %d pixels, and is a multiple of %d", minSide, maxSide, sideStep)
	case !side(r.Height):
		return wrong("height", "a side has %d to %d pixels, and is a multiple of %d", minSide, maxSide, sideStep)
	case !(r.Change >= 0 && r.Change <= 1):
		return wrong("change", "how much is made anew is a number up to 1")
	case r.Change > 0 && r.From == "":
		return wrong("change", "how much is made anew is said of a picture to begin from")
	}
	return nil
}

func side(n int) bool { return n == 0 || n >= minSide && n <= maxSide && n%sideStep == 0 }

// maker finds a service by its kind; "" is the first.
func (p *Painter) maker(ctx context.Context, kind string) (Maker, error) {
	all := p.opt.Makers(ctx)
	for _, m := range all {
		if kind == "" || m.Kind == kind {
			return m, nil
		}
	}
	f := fault.New(fault.Unsupported, "kai uses no service that makes pictures").WithField("service").
		WithRemedy("switch one on in kai config edit: services.comfyui: true or services.a1111: true")
	if len(all) > 0 {
		f = fault.New(fault.Invalid, "kai uses no service %.40q for pictures", kind).WithField("service").WithRemedy("use %s, or switch the other on in kai config edit", all[0].Kind)
	}
	return Maker{}, f
}

// fits refuses what a service cannot follow, before anybody waits for it.
func (p *Painter) fits(ctx context.Context, m Maker, r gallery.Recipe) error {
	takes, where := m.Paint.Takes(), m.Name
	if r.Workflow != "" {
		if _, ok := m.Paint.(service.WorkflowPainter); !ok {
			return fault.New(fault.Invalid, "%s does not work by workflows", m.Name).WithField("workflow").WithRemedy("leave it out, or choose comfyui")
		}
		w, err := p.Workflow(ctx, assistant.ByID{ID: r.Workflow})
		if err != nil {
			return err
		}
		takes, where = w.Takes, "the workflow “"+w.Name+"”"
	}
	if r.From != "" {
		if _, err := p.source(ctx, r.From); err != nil {
			return err
		}
	}
	for field, is := range map[string]bool{
		"negative": r.Negative != "", "steps": r.Steps > 0, "guidance": r.Guidance > 0, "sampler": r.Sampler != "", "model": r.Model != "",
		"width": r.Width > 0, "height": r.Height > 0, "from": r.From != "", "change": r.Change > 0,
	} {
		if is && !slices.Contains(takes, field) {
			return fault.New(fault.Invalid, "%s has no place for %s", where, field).WithField(field).WithRemedy("leave it out")
		}
	}
	return nil
}

// source is the picture that another one begins from.
func (p *Painter) source(ctx context.Context, id string) (gallery.Image, error) {
	i, err := p.Get(ctx, id)
	if fault.CodeOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "the picture that this one begins from is not there any more").WithField("from").WithRemedy("choose another one")
	}
	return i, err
}

// request is what a service is asked for. A picture made of another one has its size, unless another is said.
func (p *Painter) request(ctx context.Context, r gallery.Recipe) (service.PictureRequest, error) {
	out := service.PictureRequest{
		Prompt: r.Prompt, Negative: r.Negative, Seed: *r.Seed, Steps: r.Steps, Guidance: r.Guidance,
		Sampler: r.Sampler, Model: r.Model, Width: r.Width, Height: r.Height, Change: r.Change,
	}
	if r.Workflow != "" {
		w, err := p.Workflow(ctx, assistant.ByID{ID: r.Workflow})
		if err != nil {
			return out, err
		}
		out.Workflow = []byte(w.Text)
	}
	if r.From == "" {
		return out, nil
	}
	from, err := p.source(ctx, r.From)
	if err != nil {
		return out, err
	}
	if out.Picture, err = p.bytes(ctx, from); err != nil {
		return out, err
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(out.Picture))
	if err != nil {
		return out, fault.Wrap(fault.Internal, err, "reading the picture that this one begins from")
	}
	if out.Width == 0 && out.Height == 0 {
		out.Width, out.Height = fitting(c.Width, c.Height)
	}
	return out, nil
}

// fitting is the size nearest to one that can be asked for, in about the same proportions.
func fitting(width, height int) (int, int) {
	if most := max(width, height); most > maxSide {
		width, height = width*maxSide/most, height*maxSide/most
	}
	near := func(n int) int { return max(minSide, n/sideStep*sideStep) }
	return near(width), near(height)
}
