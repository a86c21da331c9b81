package app

import (
	"context"
	"slices"

	"github.com/kindos/kai/companion/keys"
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

// makers are the services that make pictures: of each kind the first that is connected, else the one on this computer where the
// configuration switches it on.
func (a *App) makers(ctx context.Context) (out []painter.Maker) {
	all := a.connectedServices(ctx)
	for _, w := range watchedServices() {
		if !canDo(w.step, service.CanPaint) {
			continue
		}
		d := definition(w.step)
		spec := a.nearbyAt(d)
		if i := slices.IndexFunc(all, func(s service.Spec) bool { return s.Kind == d.Kind }); i >= 0 {
			spec = all[i]
		} else if !w.on(a.config().Services) {
			continue
		}
		filled, err := keys.Filled(ctx, spec, a.vault, a.opt.Know)
		if err != nil {
			a.log("pictures").Warn("a service's key cannot be had", "service", spec.Name, "error", err)
			continue
		}
		if p, ok := d.New(filled, a.seen.Transport(a.opt.Transport)).(service.Painter); ok {
			out = append(out, painter.Maker{Kind: d.Kind, Name: d.Name, Paint: p})
		}
	}
	return out
}
