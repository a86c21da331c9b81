package app

import (
	"context"
	"strconv"

	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// watched is a service of this computer that kai does not run: the step of the table, which is also its kind, and the key
// that it is asked for by.
type watched struct {
	step string
	on   func(config.Services) bool
}

func watchedServices() []watched {
	return []watched{
		{driver.StepOllama, func(s config.Services) bool { return s.Ollama }},
		{driver.StepComfyUI, func(s config.Services) bool { return s.ComfyUI }},
		{driver.StepChroma, func(s config.Services) bool { return s.Chroma }},
		{driver.StepA1111, func(s config.Services) bool { return s.A1111 }},
	}
}

// watchedParts look at those services now and again.
func (a *App) watchedParts() []standalone.Part {
	var parts []standalone.Part
	for _, w := range watchedServices() {
		parts = append(parts, standalone.Part{
			Step:  w.step,
			Watch: func(ctx context.Context) (string, error) { return a.look(ctx, w.step) },
			Off: func() bool {
				return !w.on(a.config().Services) || w.step == driver.StepChroma && !a.asked("services.chroma")
			},
		})
	}
	return parts
}

// asked says whether somebody wrote a key down. Chroma is on by default, and nobody needs to be told that it is not there
// as long as nothing needs it.
func (a *App) asked(key string) bool {
	entry, ok := a.holds.Load().Trace.Explain(key)
	return ok && entry.Origin.Layer != config.LayerDefault
}

// look asks a service of this computer how it is.
func (a *App) look(ctx context.Context, kind string) (string, error) {
	d := definition(kind)
	health, err := a.gateway.Probe(ctx, a.nearbyAt(d))
	switch {
	case err != nil:
		return "", err
	case health.State != service.StateReady && health.State != service.StateNoModels:
		return "", fault.New(fault.Unavailable, "%s", health.Detail)
	}
	return found(health), nil
}

// address is where a service is on this computer.
func (a *App) address(d service.Definition) string {
	if at, ok := a.opt.Services[d.Kind]; ok {
		return at
	}
	return d.DefaultURL
}

// nearbyAt is a service of this computer as one that nobody connected is asked.
func (a *App) nearbyAt(d service.Definition) service.Spec {
	return service.Spec{ID: d.Kind, Kind: d.Kind, Name: d.Name, URL: a.address(d)}
}

// found tells of a service that answers: its version and what it has.
func found(h service.Health) string {
	text := ""
	if h.Version != "" {
		text = "version " + h.Version
	}
	switch n := len(h.Models); {
	case h.State == service.StateNoModels:
		return h.Detail
	case n == 1:
		text += ", 1 model"
	case n > 1:
		text += ", " + strconv.Itoa(n) + " models"
	}
	if text == "" {
		return "answers"
	}
	return text
}
