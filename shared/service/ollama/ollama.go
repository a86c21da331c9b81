// Package ollama speaks Ollama's own API: chat, embeddings, and the models on the server.
//
// Imports shared/service, its stream and exchange packages, shared/fault and the standard library; never net/http.
package ollama

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of service in a service.Spec.
const Kind = "ollama"

const name = "Ollama" // as people know it

// Definition describes Ollama to people and to the table of connectors.
func Definition(l exchange.Limits) service.Definition {
	return service.Definition{
		Kind: Kind, Name: name, DefaultURL: "http://localhost:11434",
		Get: "Ollama is a free program that runs models on this computer: https://ollama.com/download",
		New: func(s service.Spec, t service.Transport) service.Connector { return New(s, t, l) },
	}
}

// Connector asks one Ollama server.
type Connector struct {
	client    *exchange.Client
	keepAlive string // of service.Spec
}

// New makes a connector for the server at s.URL.
func New(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	return Speaking(s, t, exchange.Dialect{
		Name:      name,
		Offline:   "start Ollama (open its app, or run `ollama serve`), or correct the address",
		Forbidden: "install kai, which asks for the extension, or start Ollama with OLLAMA_ORIGINS=chrome-extension://*,moz-extension://*",
		Wrong:     "correct the address (Ollama's own port is 11434), or choose another kind of service",
	}, l)
}

// Speaking makes a connector for another service that speaks this API, and has words of its own.
func Speaking(s service.Spec, t service.Transport, d exchange.Dialect, l exchange.Limits) *Connector {
	return &Connector{keepAlive: s.KeepAlive, client: exchange.New(s, t, d, l)}
}

// Capabilities lists what Ollama can do.
func (c *Connector) Capabilities() []service.Capability {
	return []service.Capability{service.CanChat, service.CanEmbed, service.CanManage}
}

// Probe asks for the version and then for the models, so that nothing else on the port passes for Ollama.
func (c *Connector) Probe(ctx context.Context) (service.Health, error) {
	return c.client.Probe(ctx, func(ctx context.Context) (service.Health, error) {
		version, err := c.Version(ctx)
		if err != nil {
			return service.Health{}, err
		}
		models, err := c.Models(ctx)
		if err != nil {
			return service.Health{}, err
		}
		if len(models) == 0 {
			return service.Health{State: service.StateNoModels, Version: version,
				Detail: c.client.Dialect.Name + " is running, but no model is installed. Pull one, for example gemma3."}, nil
		}
		return service.Health{State: service.StateReady, Version: version, Models: models}, nil
	})
}

// Version asks for the server's version.
func (c *Connector) Version(ctx context.Context) (string, error) {
	var out struct {
		Version *string `json:"version"`
	}
	if err := c.client.JSON(ctx, "GET", "/api/version", nil, &out, c.client.Limits.Reply); err != nil {
		return "", err
	}
	if out.Version == nil {
		return "", c.client.Wrong("no version in the answer")
	}
	return *out.Version, nil
}

// Models lists the installed models.
func (c *Connector) Models(ctx context.Context) ([]service.Model, error) {
	return c.list(ctx, "/api/tags")
}

// Running lists the models that are loaded now.
func (c *Connector) Running(ctx context.Context) ([]service.Model, error) {
	return c.list(ctx, "/api/ps")
}

type entry struct {
	Name    string  `json:"name"`
	Size    int64   `json:"size"`
	Context int     `json:"context_length"`
	Memory  int64   `json:"size_vram"`
	Until   string  `json:"expires_at"`
	Details details `json:"details"`
}

type details struct {
	Family       string `json:"family"`
	Parameters   string `json:"parameter_size"`
	Quantization string `json:"quantization_level"`
}

func (d details) model(called string) service.Model {
	if d.Quantization == "unknown" {
		d.Quantization = ""
	}
	return service.Model{Name: called, Family: d.Family, Parameters: d.Parameters, Quantization: d.Quantization}
}

func (c *Connector) list(ctx context.Context, path string) ([]service.Model, error) {
	var out struct {
		Models *[]entry `json:"models"`
	}
	if err := c.client.JSON(ctx, "GET", path, nil, &out, c.client.Limits.Reply); err != nil {
		return nil, err
	}
	if out.Models == nil {
		return nil, c.client.Wrong("no models in the answer")
	}
	models := make([]service.Model, 0, len(*out.Models))
	for _, e := range *out.Models {
		m := e.Details.model(e.Name)
		m.Size, m.Context, m.Memory, m.Until = e.Size, e.Context, e.Memory, e.Until
		models = append(models, m)
	}
	return models, nil
}

// missing names the model in a not-found fault and says how to get it.
func (c *Connector) missing(err error, model string) error {
	if fault.CodeOf(err) != fault.NotFound {
		return err
	}
	if c.client.Dialect.Name != name {
		return fault.Wrap(fault.NotFound, err, "the model "+model+" is not here any more").WithField("model").WithRemedy("choose another model")
	}
	return fault.Wrap(fault.NotFound, err, "the model "+model+" is not installed on this Ollama").
		WithField("model").WithRemedy("pull it (`ollama pull %s`), or choose another model", model)
}

// needModel refuses an empty name before anything is sent.
func needModel(model string) error {
	if model == "" {
		return fault.New(fault.Invalid, "no model is chosen").WithField("model").WithRemedy("choose a model")
	}
	return nil
}
