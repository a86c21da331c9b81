package app

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/keys"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/chroma"
)

// inIndex keeps the vectors of each model in a collection of their own, in a service.
type inIndex struct {
	app  *App
	spec service.Spec
}

// vectors is where knowledge is looked for: the first connected service that keeps vectors, else Chroma where the configuration
// asks for it: that is on by default, and most have none.
func (a *App) vectors(ctx context.Context) library.Vectors {
	for _, s := range a.connectedServices(ctx) {
		if canDo(s.Kind, service.CanIndex) {
			return inIndex{a, s}
		}
	}
	if a.config().Services.Chroma && a.asked("services.chroma") {
		return inIndex{a, a.nearbyAt(definition(chroma.Kind))}
	}
	return nil
}

// connectedServices lists the services that the person connected; one who cannot be told of has none.
func (a *App) connectedServices(ctx context.Context) []service.Spec {
	all, err := a.assistant.Connected(ctx)
	if err != nil {
		a.log("services").Warn("the connected services cannot be read", "error", err)
	}
	return all
}

// answering lists those that answer questions.
func (a *App) answering(ctx context.Context) ([]service.Spec, error) {
	all, err := a.assistant.Connected(ctx)
	return slices.DeleteFunc(all, func(s service.Spec) bool { return !canDo(s.Kind, service.CanChat) && !canDo(s.Kind, service.CanEmbed) }), err
}

// canDo says whether a kind of service has a power.
func canDo(kind string, power service.Capability) bool {
	return slices.ContainsFunc(kinds(), func(d service.Definition) bool {
		return d.Kind == kind && slices.Contains(d.New(service.Spec{}, nil).Capabilities(), power)
	})
}

// index speaks to the service, with its key.
func (c inIndex) index(ctx context.Context) (service.VectorIndex, error) {
	spec, err := keys.Filled(ctx, c.spec, c.app.vault, c.app.opt.Know)
	if err != nil {
		return nil, err
	}
	return definition(spec.Kind).New(spec, c.app.seen.Transport(c.app.opt.Transport)).(service.VectorIndex), nil //nolint:forcetypeassert // it says it can
}

// collection names what a model's vectors are kept in. A name may hold few signs, so it is a number made of the model's.
func collection(model string) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(model)) // never fails
	return fmt.Sprintf("kai-%016x", sum.Sum64())
}

// Put adds vectors.
func (c inIndex) Put(ctx context.Context, model, document string, passages []string, vectors [][]float32) error {
	in, err := c.index(ctx)
	if err != nil {
		return err
	}
	return in.Put(ctx, collection(model), document, passages, vectors)
}

// Remove deletes those of a document.
func (c inIndex) Remove(ctx context.Context, model, document string) error {
	in, err := c.index(ctx)
	if err != nil {
		return err
	}
	return in.Remove(ctx, collection(model), document)
}

// Count is how many there are.
func (c inIndex) Count(ctx context.Context, model string) (int, error) {
	in, err := c.index(ctx)
	if err != nil {
		return 0, err
	}
	return in.Count(ctx, collection(model))
}

// Nearest lists the nearest passages of some documents.
func (c inIndex) Nearest(ctx context.Context, model string, question []float32, documents []string, n int) ([]string, error) {
	in, err := c.index(ctx)
	if err != nil {
		return nil, err
	}
	return in.Nearest(ctx, collection(model), question, documents, n)
}

// Clear deletes all of a model.
func (c inIndex) Clear(ctx context.Context, model string) error {
	in, err := c.index(ctx)
	if err != nil {
		return err
	}
	return in.Clear(ctx, collection(model))
}

// refillLater adds the task that gives the vectors of a model to the store outside anew, unless one is there. Who asks meanwhile
// is answered from here.
func (a *App) refillLater(ctx context.Context, model string) error {
	q, err := a.tasks()
	if err != nil {
		return err
	}
	waiting, err := q.List(ctx, queue.Filter{Kind: chores.KindIngest})
	if err != nil {
		return err
	}
	for _, t := range waiting {
		if t.State == queue.Waiting || t.State == queue.Running {
			return nil
		}
	}
	body, err := json.Marshal(chores.Ingest{Model: model})
	if err != nil {
		return err
	}
	_, err = q.Add(ctx, queue.Spec{Kind: chores.KindIngest, Body: body})
	return err
}
