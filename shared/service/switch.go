package service

import (
	"context"

	"github.com/kindos/kai/shared/fault"
)

// Switch is a Gateway that asks through the companion while it is there and itself otherwise. When the companion is lost
// before anything came of a question, the question is asked again locally.
type Switch struct {
	local  Gateway
	remote func() Gateway
}

// companion gives the companion's gateway; nil when there is none now, or the service is where no companion reaches.
func (w *Switch) companion(s Spec) Gateway {
	if s.Kind == BuiltIn {
		return nil
	}
	return w.remote()
}

// NewSwitch makes a switch; remote returns the companion's gateway, or nil when there is no companion now.
func NewSwitch(local Gateway, remote func() Gateway) *Switch {
	return &Switch{local: local, remote: remote}
}

// Probe finds out what state the service is in.
func (w *Switch) Probe(ctx context.Context, s Spec) (Health, error) {
	return try(ctx, w, s, func(g Gateway) (Health, error) { return g.Probe(ctx, s) })
}

// Models lists the models of the service.
func (w *Switch) Models(ctx context.Context, s Spec) ([]Model, error) {
	return try(ctx, w, s, func(g Gateway) ([]Model, error) { return g.Models(ctx, s) })
}

// Show tells what one model can do.
func (w *Switch) Show(ctx context.Context, s Spec, model string) (Model, error) {
	return try(ctx, w, s, func(g Gateway) (Model, error) { return g.Show(ctx, s, model) })
}

// Running lists the models that are loaded now.
func (w *Switch) Running(ctx context.Context, s Spec) ([]Model, error) {
	return try(ctx, w, s, func(g Gateway) ([]Model, error) { return g.Running(ctx, s) })
}

// Embed turns texts into vectors.
func (w *Switch) Embed(ctx context.Context, s Spec, model string, texts []string) ([][]float32, error) {
	return try(ctx, w, s, func(g Gateway) ([][]float32, error) { return g.Embed(ctx, s, model, texts) })
}

// Pull downloads a model. A download goes on where it stopped, so it may be asked for again at any time.
func (w *Switch) Pull(ctx context.Context, s Spec, model string, report func(Progress) error) error {
	_, err := try(ctx, w, s, func(g Gateway) (struct{}, error) { return struct{}{}, g.Pull(ctx, s, model, report) })
	return err
}

// Unload takes a model out of the service's memory. Doing it twice does no harm.
func (w *Switch) Unload(ctx context.Context, s Spec, model string) error {
	_, err := try(ctx, w, s, func(g Gateway) (struct{}, error) { return struct{}{}, g.Unload(ctx, s, model) })
	return err
}

// Delete removes a model. It is not asked again: whether a lost companion did it is not known.
func (w *Switch) Delete(ctx context.Context, s Spec, model string) error {
	if g := w.companion(s); g != nil {
		return g.Delete(ctx, s, model)
	}
	return w.local.Delete(ctx, s, model)
}

// Chat streams an answer. It is asked again only while nothing of the first had come.
func (w *Switch) Chat(ctx context.Context, s Spec, r ChatRequest, emit func(ChatDelta) error) (ChatResult, error) {
	begun := false
	noting := func(d ChatDelta) error {
		begun = true
		return emit(d)
	}
	g := w.companion(s)
	if g == nil {
		return w.local.Chat(ctx, s, r, emit)
	}
	out, err := g.Chat(ctx, s, r, noting)
	if begun || !w.lost(ctx, g, err) {
		return out, err
	}
	return w.local.Chat(ctx, s, r, emit)
}

// try asks the companion, and locally when there is none or it was lost meanwhile.
func try[T any](ctx context.Context, w *Switch, s Spec, question func(Gateway) (T, error)) (T, error) {
	g := w.companion(s)
	if g == nil {
		return question(w.local)
	}
	out, err := question(g)
	if w.lost(ctx, g, err) {
		return question(w.local)
	}
	return out, err
}

// lost tells a lost companion from a service that does not answer: both are fault.Unavailable, but only in the first
// case has the connection ended or the companion been replaced.
func (w *Switch) lost(ctx context.Context, g Gateway, err error) bool {
	if ctx.Err() != nil || fault.CodeOf(err) != fault.Unavailable {
		return false
	}
	if remote, ok := g.(*Remote); ok && remote.ended() {
		return true
	}
	return w.remote() != g
}
