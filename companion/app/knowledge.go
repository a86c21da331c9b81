package app

import (
	"context"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/ollama"
)

// openLibrary prepares the library. It has its own work done by the queue, which starts later.
func (a *App) openLibrary() {
	opt := library.Options{
		Store: a.store, Clock: a.clock, Now: a.opt.Now, NewID: a.newID,
		Embedder: library.NewServices(a.store, a.gateway, a.nearby),
		Index:    a.indexLater, Changed: func() { a.exchange.Changed() }, Log: a.log("library"),
		Vectors: a.vectors, Refill: a.refillLater,
	}
	a.library = library.New(opt)
}

// nearby is Ollama on this computer, unless the configuration does without: an extension's own services are not kept here.
func (a *App) nearby() []service.Spec {
	if !a.config().Services.Ollama {
		return nil
	}
	return []service.Spec{a.nearbyAt(definition(ollama.Kind))}
}

// indexLater adds the task that makes the vectors of a document.
func (a *App) indexLater(ctx context.Context, document string) error {
	q, err := a.tasks()
	if err != nil {
		return err
	}
	task, err := chores.EmbedTask(document)
	if err != nil {
		return err
	}
	_, err = q.Add(ctx, task)
	return err
}
