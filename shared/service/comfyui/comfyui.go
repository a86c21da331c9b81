// Package comfyui speaks to ComfyUI, which makes images by workflows: a person's own, into which the fields of a request are put, or a
// usual one.
//
// Imports shared/{fault,record,service}, the exchange package and the standard library; never net/http.
package comfyui

import (
	"context"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "comfyui"

// Definition describes ComfyUI to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return described.As(Kind, func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) })
}

// Connector asks one ComfyUI.
type Connector struct{ client *exchange.Client }

// New makes a connector for the ComfyUI at s.URL.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	return &Connector{exchange.New(s, t, exchange.Dialect{
		Name: "ComfyUI", Offline: "start it with: python main.py", Forbidden: "start it with --enable-cors-header, or let kai ask for you",
		Wrong: "correct the address, or update ComfyUI",
	}, l)}
}

// Capabilities lists what it can do.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanPaint}
}

// Probe asks for the state of the system, which has the version, and lists the checkpoints.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		var stats struct {
			System *struct {
				Version string `json:"comfyui_version"`
			} `json:"system"`
		}
		if err := c.client.JSON(ctx, "GET", "/system_stats", nil, &stats, c.client.Limits.Reply); err != nil {
			return service.Health{}, err
		}
		if stats.System == nil {
			return service.Health{}, c.client.Wrong("no system in the answer")
		}
		var files []string
		if err := c.client.JSON(ctx, "GET", "/models/checkpoints", nil, &files, c.client.Limits.Reply); err != nil {
			return service.Health{}, err
		}
		return health(stats.System.Version, files), nil
	})
}

func health(version string, files []string) service.Health {
	if len(files) == 0 {
		return service.Health{State: service.StateNoModels, Version: version,
			Detail: "ComfyUI is running, but has no model. Put one into models/checkpoints."}
	}
	models := make([]service.Model, len(files))
	for i, file := range files {
		models[i] = service.Model{Name: file, Capabilities: []string{"image"}}
	}
	return service.Health{State: service.StateReady, Version: version, Models: models}
}
