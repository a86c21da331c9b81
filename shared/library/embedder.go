package library

import (
	"context"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// listTime bounds the question of one service for its models.
const listTime = 5 * time.Second

// Services is an Embedder that asks the connected services: the first one that has a model for it.
type Services struct {
	connected func(context.Context) ([]service.Spec, error)
	gateway   service.Gateway
	nearby    func() []service.Spec

	mu   sync.Mutex // guards used
	used used
}

// used is the service that had a model last. It is asked first for that model again, so that no batch of passages waits for
// those that do not answer.
type used struct{ service, model string }

// NewServices makes an Embedder of the connected services, and of those nearby: of this computer, which nobody needs to
// connect; they come last.
func NewServices(connected func(context.Context) ([]service.Spec, error), g service.Gateway, nearby func() []service.Spec) *Services {
	return &Services{connected: connected, gateway: g, nearby: nearby}
}

// Model names the first model that makes vectors.
func (s *Services) Model(ctx context.Context) (string, error) {
	_, model, err := s.find(ctx, "")
	return model, err
}

// Embed has a model make vectors.
func (s *Services) Embed(ctx context.Context, model string, texts []string) ([][]float32, error) {
	spec, model, err := s.find(ctx, model)
	if err != nil {
		return nil, err
	}
	return s.gateway.Embed(ctx, spec, model, texts)
}

// find looks for a service with a model, or with any model that makes vectors.
func (s *Services) find(ctx context.Context, wanted string) (service.Spec, string, error) {
	specs, err := s.connected(ctx)
	if err != nil {
		return service.Spec{}, "", fault.Wrap(fault.CodeOf(err), err, "the connected services cannot be read")
	}
	for _, spec := range s.inOrder(append(specs, s.nearby()...), wanted) {
		for _, m := range s.models(ctx, spec) {
			if m.Name == wanted || wanted == "" && m.Embeds() {
				s.mu.Lock()
				s.used = used{spec.ID, m.Name}
				s.mu.Unlock()
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

// inOrder puts the service that had the wanted model last before the others.
func (s *Services) inOrder(specs []service.Spec, wanted string) []service.Spec {
	s.mu.Lock()
	last := s.used
	s.mu.Unlock()
	if wanted == "" || wanted != last.model {
		return specs
	}
	for i, spec := range specs {
		if spec.ID == last.service {
			copy(specs[1:i+1], specs[:i])
			specs[0] = spec
		}
	}
	return specs
}

// models lists what a service has; one that does not answer has nothing now.
func (s *Services) models(ctx context.Context, spec service.Spec) []service.Model {
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	list, err := s.gateway.Models(ctx, spec)
	if err != nil {
		return nil
	}
	return list
}
