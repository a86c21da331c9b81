package app

import (
	"context"

	"github.com/kindos/kai/companion/painter"
	"github.com/kindos/kai/shared/service"
)

// openPainter prepares the gallery. Its pictures are made by the queue, which starts later.
func (a *App) openPainter() {
	a.painter = painter.New(painter.Options{
		Store: a.store, Clock: a.clock, Now: a.opt.Now, NewID: a.newID, Log: a.log("pictures"),
		Queue: a.tasks, Makers: a.makers, Taking: a.files.Taking,
		Sweep: func(ctx context.Context) error {
			_, err := a.files.Sweep(ctx)
			return err
		},
	})
}

// makers are the services that make pictures, as far as the configuration switches them on.
func (a *App) makers() (out []painter.Maker) {
	for _, w := range watchedServices() {
		if !w.on(a.config().Services) {
			continue
		}
		d := definition(w.step)
		if p, ok := d.New(a.nearbyAt(d), a.seen.Transport(a.opt.Transport)).(service.Painter); ok {
			out = append(out, painter.Maker{Kind: d.Kind, Name: d.Name, Paint: p})
		}
	}
	return out
}
