// Package keys gives services the keys that the vault keeps: a key written as vault:ID is looked up when a service is asked.
//
// So a locked vault stops nobody from starting, and a key that was changed there holds at once. Imports shared/config,
// shared/fault and shared/service.
package keys

import (
	"context"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Gateway asks another gateway, with the vault's keys in the place of references. A locked vault answers fault.Locked,
// an unknown id, or no vault, fault.NotFound; the service is not asked then.
type Gateway struct {
	next  service.Gateway
	vault config.Vault
	seen  func(keys ...string)
}

// New puts a vault's keys before a gateway. seen is told each key before it is used, so that it can be kept out of logs;
// nil for nobody.
func New(next service.Gateway, vault config.Vault, seen func(keys ...string)) *Gateway {
	return &Gateway{next: next, vault: vault, seen: seen}
}

// Filled is a service with its key, looked up in the vault where it refers to one. seen is told the key; nil for nobody. The faults
// are those of Gateway.
func Filled(ctx context.Context, s service.Spec, vault config.Vault, seen func(keys ...string)) (service.Spec, error) {
	key, err := config.Dereference(ctx, config.Secret(s.Key), vault)
	if err != nil {
		return service.Spec{}, err
	}
	s.Key = service.Secret(key)
	if seen != nil {
		seen(key.Reveal())
	}
	return s, nil
}

// with asks about s, with its key.
func with[T any](ctx context.Context, g *Gateway, s service.Spec, ask func(service.Spec) (T, error)) (T, error) {
	s, err := Filled(ctx, s, g.vault, g.seen)
	if err != nil {
		var none T
		return none, err
	}
	return ask(s)
}

// done is ask for what gives nothing but an error.
func done(ask func(service.Spec) error) func(service.Spec) (struct{}, error) {
	return func(s service.Spec) (struct{}, error) { return struct{}{}, ask(s) }
}

// Probe finds out what state the service is in. One whose key can't be had is not asked, and the detail says how it can be had.
func (g *Gateway) Probe(ctx context.Context, s service.Spec) (service.Health, error) {
	health, err := with(ctx, g, s, func(s service.Spec) (service.Health, error) { return g.next.Probe(ctx, s) })
	switch f := fault.Public(err); fault.CodeOf(err) {
	case fault.Locked, fault.NotFound:
		return service.Health{State: service.StateLocked, Detail: f.Words()}, nil
	default:
		return health, err
	}
}

// Models lists the models of the service.
func (g *Gateway) Models(ctx context.Context, s service.Spec) ([]service.Model, error) {
	return with(ctx, g, s, func(s service.Spec) ([]service.Model, error) { return g.next.Models(ctx, s) })
}

// Show tells what one model can do.
func (g *Gateway) Show(ctx context.Context, s service.Spec, model string) (service.Model, error) {
	return with(ctx, g, s, func(s service.Spec) (service.Model, error) { return g.next.Show(ctx, s, model) })
}

// Running lists the models that are loaded now.
func (g *Gateway) Running(ctx context.Context, s service.Spec) ([]service.Model, error) {
	return with(ctx, g, s, func(s service.Spec) ([]service.Model, error) { return g.next.Running(ctx, s) })
}

// Pull downloads a model.
func (g *Gateway) Pull(ctx context.Context, s service.Spec, model string, report func(service.Progress) error) error {
	_, err := with(ctx, g, s, done(func(s service.Spec) error { return g.next.Pull(ctx, s, model, report) }))
	return err
}

// Unload takes a model out of the service's memory.
func (g *Gateway) Unload(ctx context.Context, s service.Spec, model string) error {
	_, err := with(ctx, g, s, done(func(s service.Spec) error { return g.next.Unload(ctx, s, model) }))
	return err
}

// Delete removes a model from the service.
func (g *Gateway) Delete(ctx context.Context, s service.Spec, model string) error {
	_, err := with(ctx, g, s, done(func(s service.Spec) error { return g.next.Delete(ctx, s, model) }))
	return err
}

// Embed turns texts into vectors.
func (g *Gateway) Embed(ctx context.Context, s service.Spec, model string, texts []string) ([][]float32, error) {
	return with(ctx, g, s, func(s service.Spec) ([][]float32, error) { return g.next.Embed(ctx, s, model, texts) })
}

// Chat streams an answer.
func (g *Gateway) Chat(ctx context.Context, s service.Spec, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	return with(ctx, g, s, func(s service.Spec) (service.ChatResult, error) { return g.next.Chat(ctx, s, r, emit) })
}
