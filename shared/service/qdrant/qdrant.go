// Package qdrant speaks to Qdrant, a store of vectors.
//
// Imports shared/service, its exchange and described packages and the standard library; never net/http.
package qdrant

import (
	"context"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "qdrant"

// Definition describes Qdrant to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return described.As(Kind, func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) })
}

// Connector asks one Qdrant.
type Connector struct{ client *exchange.Client }

// New makes a connector for the Qdrant at s.URL, whose key goes in a header of its own.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	c := exchange.New(s, t, exchange.Dialect{
		Name: "Qdrant", Offline: "start it with: docker run -p 6333:6333 qdrant/qdrant", Forbidden: "give a key that may read and write",
		Wrong: "correct the address: it is that of its HTTP API, which has port 6333 by custom",
	}, l)
	c.KeyHeader = "api-key"
	return &Connector{c}
}

// Capabilities lists what Qdrant can do.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanIndex}
}

// Probe asks for the version, for which no key is wanted, and lists the collections, for which one may be.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		var about struct {
			Title   string `json:"title"`
			Version string `json:"version"`
		}
		if err := c.client.JSON(ctx, "GET", "/", nil, &about, c.client.Limits.Reply); err != nil {
			return service.Health{}, err
		}
		if about.Version == "" {
			return service.Health{}, c.client.Wrong("no version in the answer")
		}
		var list answer[*struct{}]
		if err := c.client.JSON(ctx, "GET", "/collections", nil, &list, c.client.Limits.Reply); err != nil {
			return service.Health{}, err
		}
		if list.Result == nil {
			return service.Health{}, c.client.Wrong("no collections in the answer")
		}
		return service.Health{State: service.StateReady, Version: about.Version}, nil
	})
}

// answer is around all that Qdrant answers.
type answer[T any] struct {
	Result T `json:"result"`
}
