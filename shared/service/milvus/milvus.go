// Package milvus speaks to Milvus, a store of vectors, by version 2 of its RESTful API.
//
// Imports shared/{fault,service}, its exchange and described packages and the standard library; never net/http.
package milvus

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "milvus"

// Codes of what went wrong (Milvus' merr), which come with status 200.
const (
	codeNoCollection = 100
	codeNotSignedIn  = 1800
)

// Definition describes Milvus to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return described.As(Kind, func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) })
}

// Connector asks one Milvus.
type Connector struct{ client *exchange.Client }

// New makes a connector for the Milvus at s.URL. Its key is a name and a password with a colon between them.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	return &Connector{exchange.New(s, t, exchange.Dialect{
		Name: "Milvus", Offline: "start it, or correct the address", Forbidden: "give a name and password that may read and write",
		Wrong: "correct the address, or update Milvus to 2.4 or later (RESTful API v2)",
	}, l)}
}

// Capabilities lists what Milvus can do.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanIndex}
}

// Probe lists the collections: its path of health is at another port.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		var names *[]string
		if err := c.ask(ctx, "collections/list", map[string]any{}, &names); err != nil {
			return service.Health{}, err
		}
		if names == nil {
			return service.Health{}, c.client.Wrong("no list of collections in the answer")
		}
		return service.Health{State: service.StateReady}, nil
	})
}

// trouble is what Milvus says went wrong.
type trouble struct {
	code int
	text string
}

// Error is its own words.
func (t *trouble) Error() string { return t.text }

// ask has something done. Whether it was is in the answer, whose status is 200 all the same.
func (c *Connector) ask(ctx context.Context, what string, in, out any) error {
	var answer struct {
		Code    *int            `json:"code"`
		Message string          `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if err := c.client.JSON(ctx, "POST", "/v2/vectordb/"+what, in, &answer, c.client.Limits.Reply); err != nil {
		return err
	}
	switch {
	case answer.Code == nil:
		return c.client.Wrong("no code in the answer")
	case *answer.Code == codeNotSignedIn:
		return fault.New(fault.Unauthorized, "Milvus refuses the key, or wants one").WithRemedy("write it as USER:PASSWORD in the service's settings")
	case *answer.Code != 0:
		t := &trouble{*answer.Code, c.client.Clean(answer.Message)}
		return fault.Wrap(fault.Unavailable, t, "Milvus failed: "+t.text).WithRemedy("look into the log of Milvus")
	case out == nil || len(answer.Data) == 0:
		return nil
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return c.client.Wrong("data of another shape in the answer")
	}
	return nil
}
