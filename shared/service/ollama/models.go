package ollama

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

type named struct {
	Model string `json:"model"`
}

// Show tells what one model is and what it can do.
func (c *Connector) Show(ctx context.Context, model string) (service.Model, error) {
	if err := needModel(model); err != nil {
		return service.Model{}, err
	}
	var out struct {
		Details      details                    `json:"details"`
		Info         map[string]json.RawMessage `json:"model_info"`
		Capabilities []string                   `json:"capabilities"`
	}
	if err := c.client.JSON(ctx, "POST", "/api/show", named{model}, &out, c.client.Limits.Reply); err != nil {
		return service.Model{}, c.missing(err, model)
	}
	m := out.Details.model(model)
	m.Capabilities, m.Context = out.Capabilities, contextLength(out.Info)
	return m, nil
}

// contextLength finds "<architecture>.context_length".
func contextLength(info map[string]json.RawMessage) int {
	var architecture string
	var length int
	if json.Unmarshal(info["general.architecture"], &architecture) != nil ||
		json.Unmarshal(info[architecture+".context_length"], &length) != nil {
		return 0
	}
	return length
}

// Unload has the server take a model out of memory. Whoever it is answering just then is not cut: Ollama waits for them.
func (c *Connector) Unload(ctx context.Context, model string) error {
	if err := needModel(model); err != nil {
		return err
	}
	in := struct {
		Model     string `json:"model"`
		KeepAlive int    `json:"keep_alive"`
	}{model, 0}
	return c.missing(c.client.JSON(ctx, "POST", "/api/generate", in, nil, c.client.Limits.Reply), model)
}

// Delete removes a model from the server's disk.
func (c *Connector) Delete(ctx context.Context, model string) error {
	if err := needModel(model); err != nil {
		return err
	}
	return c.missing(c.client.JSON(ctx, "DELETE", "/api/delete", named{model}, nil, c.client.Limits.Reply), model)
}

// Embed turns texts into vectors, one for each, in order.
func (c *Connector) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	if err := needModel(model); err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return [][]float32{}, nil
	}
	var out struct {
		Embeddings [][]float32 `json:"embeddings"`
	}
	in := struct {
		Model     string   `json:"model"`
		Input     []string `json:"input"`
		KeepAlive any      `json:"keep_alive,omitempty"`
	}{model, texts, keepAlive(c.keepAlive)}
	if err := c.client.JSON(ctx, "POST", "/api/embed", in, &out, c.client.Limits.First); err != nil {
		c.unstick(ctx, model, err)
		return nil, c.missing(err, model)
	}
	if len(out.Embeddings) != len(texts) {
		return nil, fault.New(fault.Malformed, "%s sent %d vectors for %d texts", c.client.Dialect.Name, len(out.Embeddings), len(texts))
	}
	return out.Embeddings, nil
}

// Pull downloads a model. Progress counts bytes over all layers that are known so far.
func (c *Connector) Pull(ctx context.Context, model string, report func(service.Progress) error) error {
	if err := needModel(model); err != nil {
		return err
	}
	silence := c.silence(true) // checking a large file says nothing for long
	p := pull{model: model, report: report, layers: map[string]layer{}}
	return c.stream(ctx, "/api/pull", named{model}, silence, p.line)
}

type pull struct {
	model  string
	report func(service.Progress) error
	layers map[string]layer
}

type layer struct{ completed, total int64 }

type pullLine struct {
	Status    string `json:"status"`
	Digest    string `json:"digest"`
	Completed int64  `json:"completed"`
	Total     int64  `json:"total"`
}

// line takes one line of progress; done is true at the last.
func (p *pull) line(raw []byte) (done bool, err error) {
	var l pullLine
	if err := json.Unmarshal(raw, &l); err != nil {
		return false, err
	}
	progress := service.Progress{Status: l.Status}
	if l.Digest != "" {
		p.layers[l.Digest] = layer{max(l.Completed, p.layers[l.Digest].completed), max(l.Total, 0)}
		progress.Status = "downloading"
	}
	for _, one := range p.layers {
		progress.Completed += one.completed
		progress.Total += one.total
	}
	if err := p.report(progress); err != nil {
		return false, &stopped{err}
	}
	return l.Status == "success", nil
}

// pullFault gives the well-known reasons for a failed download a code of their own.
func pullFault(text, model string, other error) error {
	switch {
	case strings.Contains(text, "file does not exist"), strings.Contains(text, "manifest unknown"):
		return fault.Wrap(fault.NotFound, other, "there is no model "+model+" to pull").
			WithField("model").WithRemedy("check the name at https://ollama.com/library")
	case strings.Contains(text, "no space left"), strings.Contains(text, "disk full"), strings.Contains(text, "not enough space"):
		return fault.Wrap(fault.Exhausted, other, "the disk is full: "+model+" does not fit").WithRemedy("free some space, then pull again: what was downloaded is kept")
	case strings.Contains(text, "dial tcp"), strings.Contains(text, "no such host"), strings.Contains(text, "timeout"):
		return fault.Wrap(fault.Unavailable, other, "Ollama could not reach the place where models are kept").WithRemedy("check its connection to the internet, then pull again: what was downloaded is kept")
	}
	return other
}
