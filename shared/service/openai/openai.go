// Package openai speaks the API that OpenAI began and most model servers offer: chat, models, embeddings.
//
// Imports shared/service, its stream and exchange packages, shared/fault and the standard library; never net/http.
package openai

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// Connector asks one server.
type Connector struct{ client *exchange.Client }

// base adds "/v1" unless the path names a version already ("/v1", "/openai/v1", "/v1beta/openai").
func base(address string) string {
	address = strings.TrimRight(address, "/")
	_, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "http://"), "/")
	if slices.ContainsFunc(strings.Split(path, "/"), namesVersion) {
		return address
	}
	return address + "/v1"
}

// namesVersion says whether a part of a path is a version: v, digits, then letters or digits.
func namesVersion(part string) bool {
	rest, ok := strings.CutPrefix(part, "v")
	return ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' && strings.Trim(rest, "0123456789abcdefghijklmnopqrstuvwxyz") == ""
}

// Capabilities lists what such servers can do; they have no way to manage models.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanChat, service.CanEmbed}
}

// Probe lists the models, which every such server can do and nothing else on the port does.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		models, err := c.Models(ctx)
		if err != nil {
			return service.Health{}, err
		}
		if len(models) == 0 {
			return service.Health{State: service.StateNoModels,
				Detail: "The model server is running, but offers no model. Give it one, as its own guide says."}, nil
		}
		return service.Health{State: service.StateReady, Models: models}, nil
	})
}

type modelEntry struct {
	ID      string `json:"id"`
	Context int    `json:"context_length"` // OpenRouter, Together
	MaxLen  int    `json:"max_model_len"`  // vLLM
}

// Models lists what the server offers.
func (c *Connector) Models(ctx context.Context) ([]service.Model, error) {
	var raw json.RawMessage
	if err := c.client.JSON(ctx, "GET", "/models", nil, &raw, c.client.Limits.Reply); err != nil {
		return nil, err
	}
	entries, err := entriesOf(raw)
	if err != nil {
		return nil, c.client.Wrong(err.Error())
	}
	models := make([]service.Model, 0, len(entries))
	for _, e := range entries {
		if e.ID != "" {
			models = append(models, service.Model{Name: e.ID, Context: max(e.Context, e.MaxLen)})
		}
	}
	return models, nil
}

// entriesOf reads {"object":"list","data":[...]}, where data may be null or the object absent, or a bare list.
func entriesOf(raw json.RawMessage) (entries []modelEntry, err error) {
	if err := json.Unmarshal(raw, &entries); err == nil && string(raw) != "null" {
		return entries, nil
	}
	var list struct {
		Object string        `json:"object"`
		Data   *[]modelEntry `json:"data"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	if list.Data == nil && list.Object != "list" {
		return nil, fault.New(fault.Malformed, "no list of models in the answer")
	}
	if list.Data != nil {
		entries = *list.Data
	}
	return entries, nil
}

// Embed turns texts into vectors, one for each, in order.
func (c *Connector) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	if err := needModel(model); err != nil {
		return nil, err
	}
	var out struct {
		Data []struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		} `json:"data"`
	}
	vectors := make([][]float32, len(texts))
	if len(texts) == 0 {
		return vectors, nil
	}
	in := struct {
		Model string   `json:"model"`
		Input []string `json:"input"`
	}{model, texts}
	if err := c.client.JSON(ctx, "POST", "/embeddings", in, &out, c.client.Limits.First); err != nil {
		return nil, missing(err, model)
	}
	for _, d := range out.Data {
		if d.Index < 0 || d.Index >= len(texts) || vectors[d.Index] != nil {
			return nil, fault.New(fault.Malformed, "the model server sent a vector that belongs to none of the texts")
		}
		vectors[d.Index] = d.Embedding
	}
	if len(out.Data) != len(texts) {
		return nil, fault.New(fault.Malformed, "the model server sent %d vectors for %d texts", len(out.Data), len(texts))
	}
	return vectors, nil
}

// missing names the model in a not-found fault.
func missing(err error, model string) error {
	if fault.CodeOf(err) != fault.NotFound {
		return err
	}
	return fault.Wrap(fault.NotFound, err, "the model server does not offer the model "+model).
		WithField("model").WithRemedy("choose another model")
}

func needModel(model string) error {
	if model == "" {
		return fault.New(fault.Invalid, "no model is chosen").WithField("model").WithRemedy("choose a model")
	}
	return nil
}
