// Package a1111 speaks to the Stable Diffusion web UI by AUTOMATIC1111, which makes images.
//
// Imports shared/{fault,service}, its exchange and described packages and the standard library; never net/http.
package a1111

import (
	"context"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "a1111"

// Definition describes the web UI to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return described.As(Kind, func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) })
}

// Connector asks one web UI.
type Connector struct{ client *exchange.Client }

// New makes a connector for the web UI at s.URL.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	return &Connector{exchange.New(s, t, exchange.Dialect{
		Name: "the Stable Diffusion web UI", Offline: "start it with: webui.sh --api", Forbidden: "start it with --cors-allow-origins, or let kai ask for you",
		Wrong: "start it with --api, or correct the address",
	}, l)}
}

// Capabilities lists what it can do.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanPaint}
}

// Probe lists the models, by the API that has to be switched on.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		var files *[]struct {
			Name string `json:"model_name"`
		}
		if err := c.client.JSON(ctx, "GET", "/sdapi/v1/sd-models", nil, &files, c.client.Limits.Reply); err != nil {
			return service.Health{}, err
		}
		if files == nil {
			return service.Health{}, c.client.Wrong("no list of models in the answer")
		}
		if len(*files) == 0 {
			return service.Health{State: service.StateNoModels,
				Detail: "The Stable Diffusion web UI is running, but has no model. Put one into models/Stable-diffusion."}, nil
		}
		models := make([]service.Model, len(*files))
		for i, file := range *files {
			models[i] = service.Model{Name: file.Name, Capabilities: []string{"image"}}
		}
		return service.Health{State: service.StateReady, Models: models}, nil
	})
}
