package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/kindos/kai/shared/service"
)

// keepModel is how long a model's description is kept: each message asks for one, and it seldom changes.
const keepModel = 5 * time.Minute

// Models is a gateway that remembers what models can do.
type Models struct {
	service.Gateway
	cache Cache
}

// NewModels puts a cache before a gateway.
func NewModels(next service.Gateway, c Cache) *Models { return &Models{Gateway: next, cache: c} }

// Show tells what one model can do.
func (g *Models) Show(ctx context.Context, s service.Spec, model string) (service.Model, error) {
	key := keyOf(s, model)
	var known service.Model
	if text, ok := g.cache.Get(ctx, key); ok && json.Unmarshal(text, &known) == nil {
		return known, nil
	}
	shown, err := g.Gateway.Show(ctx, s, model)
	if err != nil {
		return shown, err
	}
	if text, err := json.Marshal(shown); err == nil {
		g.cache.Put(ctx, key, text, keepModel)
	}
	return shown, nil
}

// Pull downloads a model; what was known of one of that name is forgotten.
func (g *Models) Pull(ctx context.Context, s service.Spec, model string, report func(service.Progress) error) error {
	defer g.cache.Delete(context.WithoutCancel(ctx), keyOf(s, model))
	return g.Gateway.Pull(ctx, s, model, report)
}

// Delete removes a model from the service.
func (g *Models) Delete(ctx context.Context, s service.Spec, model string) error {
	defer g.cache.Delete(context.WithoutCancel(ctx), keyOf(s, model))
	return g.Gateway.Delete(ctx, s, model)
}

// keyOf names a model of a service as this key sees it. No secret can be read from it.
func keyOf(s service.Spec, model string) string {
	h := sha256.New()
	for _, part := range []string{s.Kind, s.URL, string(s.Key), model} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return "model:" + hex.EncodeToString(h.Sum(nil))
}
