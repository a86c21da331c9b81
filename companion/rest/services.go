package rest

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/config/schema"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
)

// connected lists services.
type connected struct {
	Services []assistant.ServiceView `json:"services"`
}

// connection is a service as a person enters it.
type connection struct {
	Kind string  `json:"kind" doc:"ollama or openai."`
	Name string  `json:"name,omitempty" doc:"What people call it."`
	URL  string  `json:"url" doc:"Its address, such as http://localhost:11434."`
	Key  *string `json:"key,omitempty" doc:"Its key, or vault: and an id. Left out: the one that is kept; empty: none."`

	KeepAlive *string `json:"keepAlive,omitempty" doc:"How long a model stays in memory after it was used: 30m, 2h, -1 for ever. Empty: as the service does by itself."`
}

type add struct{ Body connection }

type update struct {
	ByID
	Body connection
}

func (a area) services() {
	const tag = "Services"
	openapi.Handle(a.doc, operation(tag, "listServices", http.MethodGet, "/services", "List the connected services, without their keys"),
		func(ctx context.Context, _ *struct{}) (*reply[connected], error) {
			now, err := a.snapshot(ctx)
			return &reply[connected]{connected{now.Services}}, err
		})
	op := operation(tag, "addService", http.MethodPost, "/services", "Connect a service")
	op.DefaultStatus = http.StatusCreated
	answers[add, assistant.ServiceView](a, op, assistant.MethodServiceAdd, func(in *add) any { return in.Body.put("") })
	answers[update, assistant.ServiceView](a, operation(tag, "updateService", http.MethodPut, "/services/{id}", "Change a service"),
		assistant.MethodServiceUpdate, func(in *update) any { return in.Body.put(in.ID) })
	does(a, operation(tag, "removeService", http.MethodDelete, "/services/{id}", "Disconnect a service"),
		assistant.MethodServiceRemove, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
	answers[ByID, assistant.ServiceView](a, operation(tag, "probeService", http.MethodPost, "/services/{id}/probe", "Ask a service how it is"),
		assistant.MethodServiceProbe, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
	answers[add, service.Health](a, operation(tag, "testService", http.MethodPost, "/services/test", "Try an address; nothing is kept"),
		assistant.MethodServiceTest, func(in *add) any {
			return assistant.TestService{Kind: in.Body.Kind, URL: in.Body.URL, Key: in.Body.Key}
		})
	answers[struct{}, assistant.Discovered](a, operation(tag, "discoverServices", http.MethodPost, "/services/discover", "Look for services at their usual addresses"),
		assistant.MethodServiceDiscover, func(*struct{}) any { return assistant.Empty{} })
}

func (c connection) put(id string) assistant.PutService {
	return assistant.PutService{ID: id, Kind: c.Kind, Name: c.Name, URL: c.URL, Key: c.Key, KeepAlive: c.KeepAlive}
}

func (a area) snapshot(ctx context.Context) (assistant.Snapshot, error) {
	return protocol.Ask[assistant.Snapshot](ctx, a.methods, assistant.MethodSnapshot, assistant.Empty{})
}

// offer is a model of a service.
type offer struct {
	Service string        `json:"service" doc:"The service's id."`
	Model   service.Model `json:"model"`
}

// offers lists models. Silent are the services that could not be asked, and why.
type offers struct {
	Models []offer `json:"models"`
	Silent []quiet `json:"silent,omitempty"`
}

type quiet struct {
	Service string        `json:"service"`
	State   service.State `json:"state"`
	Detail  string        `json:"detail,omitempty"`
}

type oneModel struct {
	Service string `query:"service" required:"true" doc:"The service's id." maxLength:"128"`
	Model   string `query:"model" required:"true" doc:"The model's name." maxLength:"512"`
}

func (in *oneModel) ref() any { return assistant.ModelRef{Service: in.Service, Model: in.Model} }

func (a area) models() {
	const tag = "Models"
	openapi.Handle(a.doc, operation(tag, "listModels", http.MethodGet, "/models", "Ask every connected service for its models"), a.listModels)
	answers[oneModel, service.Model](a, operation(tag, "showModel", http.MethodGet, "/models/show", "Say what a model can do"), assistant.MethodModelShow, (*oneModel).ref)
	answers[ByID, assistant.Models](a, operation(tag, "listRunningModels", http.MethodGet, "/services/{id}/running", "List the models that are in a service's memory"),
		assistant.MethodModelRunning, func(in *ByID) any { return assistant.ByID{ID: in.ID} })
	does(a, operation(tag, "unloadModel", http.MethodPost, "/models/unload", "Take a model out of its service's memory"), assistant.MethodModelUnload, (*oneModel).ref)
	does(a, operation(tag, "deleteModel", http.MethodDelete, "/models", "Remove a model from its service"), assistant.MethodModelDelete, (*oneModel).ref)
	answers[struct{}, assistant.Pulls](a, operation(tag, "listPulls", http.MethodGet, "/models/pulls", "List the downloads that go on, and those that failed"),
		assistant.MethodModelPulls, func(*struct{}) any { return assistant.Empty{} })
	does(a, operation(tag, "cancelPull", http.MethodDelete, "/models/pulls", "Cancel the download of a model, or forget one that failed"), assistant.MethodPullCancel, (*oneModel).ref)
	openapi.Stream(a.doc, operation(tag, "pullModel", http.MethodPost, "/models/pull", "Download a model"),
		"An event called progress for each step. The download goes on without the call, and another call joins it. One that was canceled or failed goes on where it stopped.",
		func(ctx context.Context, in *oneModel, events *openapi.Events) error {
			return protocol.Listen(ctx, a.methods, assistant.MethodModelPull, in.ref(), func(p service.Progress) error { return events.Send("", "progress", p) })
		})
}

func (a area) listModels(ctx context.Context, _ *struct{}) (*reply[offers], error) {
	now, err := a.snapshot(ctx)
	out := offers{Models: []offer{}}
	for _, s := range now.Services {
		asked, err := protocol.Ask[assistant.ServiceView](ctx, a.methods, assistant.MethodServiceProbe, assistant.ByID{ID: s.ID})
		switch {
		case fault.CodeOf(err) == fault.NotFound: // it was removed meanwhile
			continue
		case err != nil:
			return nil, err
		}
		for _, m := range asked.Health.Models {
			out.Models = append(out.Models, offer{s.ID, m})
		}
		if asked.Health.State != service.StateReady {
			out.Silent = append(out.Silent, quiet{s.ID, asked.Health.State, asked.Health.Detail})
		}
	}
	return &reply[offers]{out}, err
}

type change struct{ Body settingsChange }

// settingsChange are those of assistant.Settings that are to change.
type settingsChange struct {
	Theme          *string `json:"theme,omitempty" enum:"system,light,dark"`
	DefaultService *string `json:"defaultService,omitempty" doc:"The id of the service that answers where no other is named."`
	DefaultModel   *string `json:"defaultModel,omitempty"`
	SystemPrompt   *string `json:"systemPrompt,omitempty" doc:"Instructions for every conversation."`
	Sync           *bool   `json:"sync,omitempty" doc:"Exchange conversations with other devices."`
}

func (a area) settings(c func() config.Standalone) {
	const tag = "Configuration"
	openapi.Handle(a.doc, operation(tag, "getConfig", http.MethodGet, "/config", "Read the configuration in force, secrets masked"),
		func(context.Context, *struct{}) (*reply[config.Standalone], error) {
			return &reply[config.Standalone]{c()}, nil
		})
	openapi.Handle(a.doc, operation(tag, "getConfigSchema", http.MethodGet, "/config/schema", "Read the JSON Schema of the configuration"),
		func(context.Context, *struct{}) (*reply[json.RawMessage], error) {
			text, err := schema.Generate("kAI, standalone mode", config.DefaultStandalone())
			return &reply[json.RawMessage]{text}, err
		})
	openapi.Handle(a.doc, operation(tag, "getSettings", http.MethodGet, "/settings", "Read what the person chose in the app"),
		func(ctx context.Context, _ *struct{}) (*reply[assistant.Settings], error) {
			now, err := a.snapshot(ctx)
			return &reply[assistant.Settings]{now.Settings}, err
		})
	answers[change, assistant.Settings](a, operation(tag, "setSettings", http.MethodPut, "/settings", "Change some of these"),
		assistant.MethodSettingsSet, func(in *change) any { return in.Body })
}
