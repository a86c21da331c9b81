package library

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// listTime bounds the question of one service for its models.
const listTime = 5 * time.Second

// Services is an Embedder that asks the connected services: the first one that has a model for it.
type Services struct {
	Store   store.Store // holds the service records
	Gateway service.Gateway
	Nearby  func() []service.Spec // those of this computer, which nobody needs to connect; they come last
}

// Model names the first model that makes vectors.
func (s Services) Model(ctx context.Context) (string, error) {
	_, model, err := s.find(ctx, "")
	return model, err
}

// Embed has a model make vectors.
func (s Services) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	spec, model, err := s.find(ctx, model)
	if err != nil {
		return nil, err
	}
	return s.Gateway.Embed(ctx, spec, model, texts)
}

// find looks for a service with a model, or with any model that makes vectors.
func (s Services) find(ctx context.Context, wanted string) (service.Spec, string, error) {
	page, err := s.Store.List(ctx, store.Query{Kind: record.KindService, Limit: page})
	if err != nil {
		return service.Spec{}, "", fault.Wrap(fault.CodeOf(err), err, "the connected services cannot be read")
	}
	var specs []service.Spec
	for _, r := range page.Records {
		var spec service.Spec
		if json.Unmarshal(r.Body, &spec) == nil {
			specs = append(specs, spec)
		}
	}
	for _, spec := range append(specs, s.Nearby()...) {
		for _, m := range s.models(ctx, spec) {
			if m.Name == wanted || wanted == "" && m.Embeds() {
				return spec, m.Name, nil
			}
		}
	}
	if wanted != "" {
		return service.Spec{}, "", fault.New(fault.NotFound, "the embedding model %.80q is not there now", wanted).WithRemedy("start its server")
	}
	return service.Spec{}, "", fault.New(fault.NotFound, "no connected model server has an embedding model").
		WithRemedy("get one, for example all-minilm with Ollama")
}

// models lists what a service has; one that does not answer has nothing now.
func (s Services) models(ctx context.Context, spec service.Spec) []service.Model {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	list, err := s.Gateway.Models(ctx, spec)
	if err != nil {
		return nil
	}
	return list
}
