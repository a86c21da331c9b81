// Package chroma speaks to Chroma, a store of vectors.
//
// Imports shared/service, its exchange and described packages and the standard library; never net/http.
package chroma

import (
	"context"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "chroma"

// Definition describes Chroma to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return described.As(Kind, func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) })
}

// Connector asks one Chroma.
type Connector struct{ client *exchange.Client }

// New makes a connector for the Chroma at s.URL.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	return &Connector{exchange.New(s, t, exchange.Dialect{
		Name: "Chroma", Offline: "start it with: chroma run", Forbidden: "give the key that this Chroma wants",
		Wrong: "correct the address, or update Chroma to 1.0 or later (API v2)",
	}, l)}
}

// Capabilities lists what Chroma can do.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanIndex}
}

// Probe asks for the heartbeat of API v2, which nothing else has, and for the version.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		var beat struct {
			At *int64 `json:"nanosecond heartbeat"`
		}
		if err := c.client.JSON(ctx, "GET", "/api/v2/heartbeat", nil, &beat, c.client.Limits.Reply); err != nil {
			return service.Health{}, err
		}
		if beat.At == nil {
			return service.Health{}, c.client.Wrong("no heartbeat in the answer")
		}
		var version string
		err := c.client.JSON(ctx, "GET", "/api/v2/version", nil, &version, c.client.Limits.Reply)
		return service.Health{State: service.StateReady, Version: version}, err
	})
}
