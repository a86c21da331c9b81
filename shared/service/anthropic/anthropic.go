// Package anthropic speaks Anthropic's Messages API: chat with thinking, pictures and tools, and the list of models.
//
// Imports shared/service, its stream and exchange packages, shared/fault and the standard library; never net/http.
package anthropic

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "anthropic"

// version is the version of the API that is spoken.
const version = "2023-06-01"

// Definition describes Anthropic to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return service.Definition{
		Kind: Kind, Name: "Anthropic", DefaultURL: "https://api.anthropic.com", Cloud: true,
		Get: "Make a key at https://console.anthropic.com/settings/keys",
		New: func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) },
	}
}

// Connector asks Anthropic.
type Connector struct{ client *exchange.Client }

// New makes a connector for the API at s.URL, whose key goes in a header of its own.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	c := exchange.New(s, t, exchange.Dialect{
		Name:      "Anthropic",
		Offline:   "look whether this computer is online, or correct the address",
		Forbidden: "look whether the key may use this model",
		Wrong:     "correct the address, or choose another kind of service",
	}, l)
	c.Header = map[string]string{"anthropic-version": version, "anthropic-dangerous-direct-browser-access": "true"}
	c.KeyHeader = "x-api-key"
	return &Connector{c}
}

// Capabilities lists what Anthropic can do.
func (c *Connector) Capabilities() []service.Capability { return []service.Capability{service.CanChat} }

// Probe lists the models.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		models, err := c.Models(ctx)
		if err != nil {
			return service.Health{}, err
		}
		if len(models) == 0 {
			return service.Health{State: service.StateNoModels, Detail: "Anthropic answers, but lets this key use no model."}, nil
		}
		return service.Health{State: service.StateReady, Models: models}, nil
	})
}

// Models lists what the key may use. All of them think, see and call tools as far as this API tells.
func (c *Connector) Models(ctx context.Context) ([]service.Model, error) {
	var out struct {
		Data *[]struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := c.client.JSON(ctx, "GET", "/v1/models?limit=1000", nil, &out, c.client.Limits.Reply); err != nil {
		return nil, err
	}
	if out.Data == nil {
		return nil, c.client.Wrong("no list of models in the answer")
	}
	models := make([]service.Model, 0, len(*out.Data))
	for _, m := range *out.Data {
		if m.ID != "" {
			models = append(models, service.Model{Name: m.ID, Context: contextTokens, Capabilities: []string{"completion", "vision", "tools"}})
		}
	}
	return models, nil
}

// contextTokens is what each of its models reads at least, in tokens.
const contextTokens = 200_000

// missing names the model in a not-found fault.
func missing(err error, model string) error {
	if fault.CodeOf(err) != fault.NotFound {
		return err
	}
	return fault.Wrap(fault.NotFound, err, "Anthropic does not offer the model "+model).WithField("model").WithRemedy("choose another model")
}
