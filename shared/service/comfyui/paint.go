package comfyui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

const stopTime = 5 * time.Second // for telling ComfyUI to stop

// Paint makes a picture by a workflow; see service.Painter.
func (c *Connector) Paint(ctx context.Context, r service.PictureRequest, report func(service.Progress)) ([]byte, error) {
	w, err := c.prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	j := &job{client: c.client, workflow: w, report: report, id: record.NewID(time.Now()), owner: record.NewID(time.Now())}
	made, err := j.run(ctx)
	if ctx.Err() != nil {
		j.stop(ctx)
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return c.content(ctx, made)
}

// prepare makes the workflow of a request, and gives ComfyUI the picture that it begins from.
func (c *Connector) prepare(ctx context.Context, r service.PictureRequest) (workflow, error) {
	text := r.Workflow
	switch {
	case text != nil:
	case r.Picture != nil:
		text = fromPicture
	default:
		text = usual
	}
	w, err := read(text)
	if err != nil {
		return nil, err
	}
	if r.Model == "" && r.Workflow == nil {
		if r.Model, err = c.anyModel(ctx); err != nil {
			return nil, err
		}
	}
	picture := ""
	if r.Picture != nil {
		if picture, err = c.give(ctx, r.Picture); err != nil {
			return nil, err
		}
	}
	w.fill(r, picture)
	return w, nil
}

func (c *Connector) anyModel(ctx context.Context) (string, error) {
	models, err := c.models(ctx)
	if err == nil && len(models) == 0 {
		err = fault.New(fault.NotFound, "ComfyUI has no model").WithField("model").WithRemedy("put one into its folder models/checkpoints")
	}
	if err != nil {
		return "", err
	}
	return models[0], nil
}

// give uploads a picture among the temporary ones, which ComfyUI deletes when it starts, and answers what nodes call it.
func (c *Connector) give(ctx context.Context, picture []byte) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("image", "kai-"+record.NewID(time.Now())+".png") // it looks at the bytes, not at the name
	if err == nil {
		_, err = part.Write(picture)
	}
	err = errors.Join(err, form.WriteField("type", "temp"), form.Close())
	if err != nil {
		return "", fault.Wrap(fault.Internal, err, "writing a picture for ComfyUI")
	}
	var kept uploaded
	if err := c.client.Post(ctx, "/upload/image", form.FormDataContentType(), body.Bytes(), &kept, c.client.Limits.Reply); err != nil {
		return "", err
	}
	if kept.Name == "" {
		return "", c.client.Wrong("no name of the picture in the answer")
	}
	return strings.TrimPrefix(kept.Folder+"/"+kept.Name, "/") + " [temp]", nil
}

// content reads a picture that was made.
func (c *Connector) content(ctx context.Context, f file) ([]byte, error) {
	query := url.Values{"filename": {f.Name}, "subfolder": {f.Folder}, "type": {f.Type}}
	body, err := c.client.Open(ctx, "GET", "/view?"+query.Encode(), nil, exchange.Silence{First: c.client.Limits.Reply, Idle: c.client.Limits.Idle})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, c.client.Limits.MaxBody))
}

// Choices lists the checkpoints, and the samplers of the usual node; see service.Painter.
func (c *Connector) Choices(ctx context.Context) (models, samplers []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.client.Limits.Probe)
	defer cancel()
	if models, err = c.models(ctx); err != nil {
		return nil, nil, err
	}
	var about map[string]struct {
		Input struct {
			Required map[string][]json.RawMessage `json:"required"`
		} `json:"input"`
	}
	if err := c.client.JSON(ctx, "GET", "/object_info/KSampler", nil, &about, c.client.Limits.Probe); err != nil {
		return nil, nil, err
	}
	return models, options(about["KSampler"].Input.Required["sampler_name"]), nil
}

// options reads what an input can be: a list of texts, or since 2025 the type COMBO with a list in its options.
func options(input []json.RawMessage) (out []string) {
	if len(input) > 0 && json.Unmarshal(input[0], &out) == nil {
		return out
	}
	var more struct {
		Options []string `json:"options"`
	}
	if len(input) > 1 && json.Unmarshal(input[1], &more) == nil {
		return more.Options
	}
	return nil
}

func (c *Connector) models(ctx context.Context) (files []string, err error) {
	err = c.client.JSON(ctx, "GET", "/models/checkpoints", nil, &files, c.client.Limits.Reply)
	return files, err
}

var _ service.WorkflowPainter = (*Connector)(nil)
