package assistant

import (
	"context"
	"slices"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
)

// chooseTimeout bounds the question for models when none was ever seen.
const chooseTimeout = 5 * time.Second

// target is who answers: a service and one of its models.
type target struct {
	service kept[Service]
	model   string
	tools   []ToolOn // that it is offered
}

// choose finds who answers: what was asked for, else what the conversation used last, else the default, else the first
// service that there is; and of it the model asked for, last used, default, or the first that can chat.
func (a *Assistant) choose(ctx context.Context, id, model string, c Conversation) (target, error) {
	services, err := a.services(ctx)
	if err != nil {
		return target{}, err
	}
	services = slices.DeleteFunc(services, func(s kept[Service]) bool { return !a.answers(s.Body.Kind) })
	if len(services) == 0 {
		return target{}, fault.New(fault.NotFound, "no model server is connected yet").WithField("service").
			WithRemedy("open the settings and connect one")
	}
	settings, err := a.settings(ctx)
	if err != nil {
		return target{}, err
	}
	t := target{service: services[0], model: model}
	if id != "" && find(services, id) < 0 {
		return t, missing(record.KindService).WithField("service").WithRemedy("choose another one")
	}
	for _, wanted := range []string{id, c.Service, settings.Body.DefaultService} {
		if i := find(services, wanted); i >= 0 {
			t.service = services[i]
			break
		}
	}
	if t.model == "" {
		t.model = usualModel(t.service.Body, c, settings.Body)
	}
	if t.model == "" {
		t.model, err = a.firstModel(ctx, t.service.Body)
	}
	return t, err
}

// answers says whether a kind of service answers questions. One that is not known here may.
func (a *Assistant) answers(kind string) bool {
	return !slices.ContainsFunc(a.deps.Kinds, func(d service.Definition) bool { return d.Kind == kind && d.Category != service.ForAnswers })
}

func find(services []kept[Service], id string) int {
	return slices.IndexFunc(services, func(s kept[Service]) bool { return s.Body.ID == id })
}

func usualModel(s Service, c Conversation, settings Settings) string {
	switch {
	case c.Service == s.ID && c.Model != "":
		return c.Model
	case settings.DefaultService == s.ID && settings.DefaultModel != "":
		return settings.DefaultModel
	default:
		return s.Model
	}
}

// firstModel asks the service what it has, when nobody ever chose.
func (a *Assistant) firstModel(ctx context.Context, s Service) (string, error) {
	health, known := a.healthOf(s.ID)
	if !known || health.State != service.StateReady {
		var err error
		if health, err = a.probe(ctx, s.Spec, chooseTimeout); err != nil {
			return "", err
		}
		a.setHealth(ctx, s, health)
	}
	for _, m := range health.Models {
		if canChat(m) {
			return m.Name, nil
		}
	}
	return "", healthFault(s.Name, health)
}

func canChat(m service.Model) bool {
	if len(m.Capabilities) == 0 {
		return !m.Embeds()
	}
	return slices.Contains(m.Capabilities, "completion") || slices.Contains(m.Capabilities, "chat")
}

// healthFault says why a service cannot answer now.
func healthFault(name string, h service.Health) error {
	code, words, remedy := fault.Unavailable, "does not answer", "start it and try again"
	switch h.State {
	case service.StateReady, service.StateNoModels:
		code, words, remedy = fault.NotFound, "has no model that can chat", "install one, then ask again"
	case service.StateForbidden:
		code, words, remedy = fault.Forbidden, "refuses this browser", "run kai on this computer, or allow the extension there"
	case service.StateUnauth:
		code, words, remedy = fault.Unauthorized, "wants a key", "enter its key in the settings"
	case service.StateLocked:
		code, remedy = fault.Locked, "ask again then"
	case service.StateWrong:
		code, words, remedy = fault.Malformed, "is something else on that address", "check the address in the settings"
	case service.StateError:
		words, remedy = "answers with an error", "look at its log, then try again"
	case service.StateTimeout:
		code, words, remedy = fault.Timeout, "says nothing", "restart it and try again"
	case service.StateOffline:
	}
	message := name + " " + words
	if h.Detail != "" {
		message = h.Detail
	}
	return fault.New(code, "%s", message).WithField("model").WithRemedy("%s", remedy)
}
