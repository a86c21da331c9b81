package app

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/service/chroma"
	"github.com/kindos/kai/shared/service/exchange"
)

// inChroma keeps the vectors of each model in a collection of their own.
type inChroma struct{ connector *chroma.Connector }

// vectors is Chroma, where the configuration asks for it: it is on by default, and most have none.
func (a *App) vectors() *inChroma {
	if !a.config().Services.Chroma || !a.asked("services.chroma") {
		return nil
	}
	return &inChroma{chroma.New(a.nearbyAt(definition(chroma.Kind)), a.seen.Transport(a.opt.Transport), exchange.DefaultLimits())}
}

// collection names what a model's vectors are kept in. A name may hold few signs, so it is a number made of the model's.
func collection(model string) string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(model)) // never fails
	return fmt.Sprintf("kai-%016x", sum.Sum64())
}

// Put adds vectors.
func (c *inChroma) Put(ctx context.Context, model, document string, passages []string, vectors [][]float32) error {
	in, err := c.connector.Collection(ctx, collection(model))
	if err != nil {
		return err
	}
	return in.Put(ctx, document, passages, vectors)
}

// Remove deletes those of a document.
func (c *inChroma) Remove(ctx context.Context, model, document string) error {
	in, err := c.connector.Collection(ctx, collection(model))
	if err != nil {
		return err
	}
	return in.Remove(ctx, document)
}

// Count is how many there are.
func (c *inChroma) Count(ctx context.Context, model string) (int, error) {
	in, err := c.connector.Collection(ctx, collection(model))
	if err != nil {
		return 0, err
	}
	return in.Count(ctx)
}

// Nearest lists the nearest passages of some documents.
func (c *inChroma) Nearest(ctx context.Context, model string, question []float32, documents []string, n int) ([]string, error) {
	in, err := c.connector.Collection(ctx, collection(model))
	if err != nil {
		return nil, err
	}
	return in.Nearest(ctx, question, documents, n)
}

// Clear deletes all of a model.
func (c *inChroma) Clear(ctx context.Context, model string) error {
	if _, err := c.connector.Collection(ctx, collection(model)); err != nil { // made, where there is none to drop
		return err
	}
	return c.connector.Drop(ctx, collection(model))
}

// refillLater adds the task that gives the vectors of a model to Chroma anew, unless one is there. Who asks meanwhile
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
