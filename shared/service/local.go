package service

import (
	"context"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// VaultKey is what a key begins with that names one in the vault of kai, which is no secret.
const VaultKey = "vault:"

// Local is a Gateway that asks services itself, through connectors over a Transport.
type Local struct {
	transport Transport
	kinds     []Definition
	via       string
}

// NewLocal makes a gateway with the given table of connectors. Via names who asks, for Health.Via: "runtime" or "kai".
func NewLocal(t Transport, kinds []Definition, via string) *Local {
	return &Local{transport: t, kinds: kinds, via: via}
}

// Probe finds out what state the service is in. An error means that s itself is wrong or that ctx ended.
func (l *Local) Probe(ctx context.Context, s Spec) (Health, error) {
	c, err := l.connect(s)
	if fault.CodeOf(err) == fault.Locked {
		return Health{State: StateLocked, Detail: fault.Public(err).Words()}, nil
	}
	if err != nil {
		return Health{}, err
	}
	health, err := c.Probe(ctx)
	health.Via = l.via
	return health, err
}

// Models lists the models of the service.
func (l *Local) Models(ctx context.Context, s Spec) ([]Model, error) {
	power, err := powerOf[Lister](l, s, "list models")
	if err != nil {
		return nil, err
	}
	return power.Models(ctx)
}

// Show tells what one model can do.
func (l *Local) Show(ctx context.Context, s Spec, model string) (Model, error) {
	power, err := powerOf[ModelManager](l, s, "describe a model")
	if err != nil {
		return Model{}, err
	}
	return power.Show(ctx, model)
}

// Running lists the models that are loaded now.
func (l *Local) Running(ctx context.Context, s Spec) ([]Model, error) {
	power, err := powerOf[ModelManager](l, s, "list running models")
	if err != nil {
		return nil, err
	}
	return power.Running(ctx)
}

// Pull downloads a model.
func (l *Local) Pull(ctx context.Context, s Spec, model string, report func(Progress) error) error {
	power, err := powerOf[ModelManager](l, s, "pull models")
	if err != nil {
		return err
	}
	return power.Pull(ctx, model, report)
}

// Unload takes a model out of the service's memory.
func (l *Local) Unload(ctx context.Context, s Spec, model string) error {
	power, err := powerOf[ModelManager](l, s, "unload models")
	if err != nil {
		return err
	}
	return power.Unload(ctx, model)
}

// Delete removes a model from the service.
func (l *Local) Delete(ctx context.Context, s Spec, model string) error {
	power, err := powerOf[ModelManager](l, s, "delete models")
	if err != nil {
		return err
	}
	return power.Delete(ctx, model)
}

// Embed turns texts into vectors.
func (l *Local) Embed(ctx context.Context, s Spec, model string, texts []string) ([][]float32, error) {
	power, err := powerOf[Embedder](l, s, "make embeddings")
	if err != nil {
		return nil, err
	}
	return power.Embed(ctx, model, texts)
}

// Chat streams an answer.
func (l *Local) Chat(ctx context.Context, s Spec, r ChatRequest, emit func(ChatDelta) error) (ChatResult, error) {
	power, err := powerOf[Chatter](l, s, "chat")
	if err != nil {
		return ChatResult{}, err
	}
	return power.Chat(ctx, r, emit)
}

// connect makes the connector for s. Connectors hold no state, so one is made for each question.
func (l *Local) connect(s Spec) (Connector, error) {
	address, err := Address(s.URL)
	if err != nil {
		return nil, err
	}
	s.URL = address
	if strings.HasPrefix(string(s.Key), VaultKey) { // kai puts the key itself there; a browser without kai has none to send
		return nil, fault.New(fault.Locked, "the key of this service is in the vault of kai").WithRemedy("start kai")
	}
	for _, kind := range l.kinds {
		if kind.Kind == s.Kind {
			return kind.New(s, l.transport), nil
		}
	}
	return nil, fault.New(fault.Invalid, "there is no kind of service called %q", s.Kind).
		WithField("kind").WithRemedy("choose one of the kinds that are offered")
}

// powerOf finds a power of the connector for s; a connector without it answers fault.Unsupported.
func powerOf[P any](l *Local, s Spec, doing string) (P, error) {
	var none P
	c, err := l.connect(s)
	if err != nil {
		return none, err
	}
	power, ok := c.(P)
	if !ok {
		return none, fault.New(fault.Unsupported, "this kind of service can't %s", doing)
	}
	return power, nil
}
