package assistant

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kindos/kai/shared/address"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

const (
	probeTimeout   = 10 * time.Second
	maxLabelRunes  = 100 // of a service's name
	maxKeyBytes    = 8 << 10
	maxKnownModels = 1000 // that are remembered of one probe
)

// services lists the connected services, in the order in which they were added.
func (a *Assistant) services(ctx context.Context) ([]kept[Service], error) {
	var out []kept[Service]
	err := each(ctx, a, store.Query{Kind: record.KindService, Limit: 500}, func(s kept[Service]) bool {
		out = append(out, s)
		return true
	})
	return out, err
}

// view is a service as views may see it: without its key.
func (a *Assistant) view(s Service) ServiceView {
	v := ServiceView{ID: s.ID, Kind: s.Kind, Name: s.Name, URL: s.URL, HasKey: s.Key != "", Model: s.Model, KeepAlive: s.KeepAlive}
	if h, ok := a.healthOf(s.ID); ok {
		v.Health = &h
	}
	return v
}

func (a *Assistant) healthOf(id string) (service.Health, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h, ok := a.health[id]
	return h, ok
}

// setHealth remembers what a probe found and tells the views.
func (a *Assistant) setHealth(ctx context.Context, s Service, h service.Health) {
	h.Models = h.Models[:min(len(h.Models), maxKnownModels)]
	a.mu.Lock()
	a.health[s.ID] = h
	a.mu.Unlock()
	a.publish(ctx, NewsData{Health: []ServiceView{a.view(s)}})
}

// probe asks a service for its health; silence is a state of its own.
func (a *Assistant) probe(ctx context.Context, s service.Spec, patience time.Duration) (service.Health, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	h, err := a.deps.Gateway.Probe(bounded, s)
	switch {
	case err == nil:
		return h, nil
	case ctx.Err() != nil:
		return h, fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "looking for the service was stopped")
	case bounded.Err() != nil:
		return service.Health{State: service.StateTimeout, Millis: patience.Milliseconds()}, nil
	}
	a.deps.Log.Info("a probe failed", "url", s.URL, "error", err)
	return service.Health{State: service.StateError, Detail: fault.Public(err).Message}, nil
}

func (a *Assistant) addService(ctx context.Context, in PutService) (ServiceView, error) {
	spec, err := a.checkService(in)
	if err != nil {
		return ServiceView{}, err
	}
	if err := a.lock(ctx); err != nil {
		return ServiceView{}, err
	}
	defer a.unlock()
	all, err := a.services(ctx)
	if err != nil {
		return ServiceView{}, err
	}
	for _, other := range all {
		if o := other.Body; o.Kind == spec.Kind && o.URL == spec.URL && o.Key == spec.Key {
			return ServiceView{}, fault.New(fault.Conflict, "this service is connected already, as %q", o.Name).
				WithField("url").WithRemedy("edit it, or enter another address")
		}
	}
	spec.ID = a.newID()
	s := Service{Spec: spec, Created: a.stamp()}
	if _, err := a.commit(ctx, NewsData{}, draft{record.KindService, s.ID, s, ""}); err != nil {
		return ServiceView{}, err
	}
	a.lookAgain(s)
	return a.view(s), nil
}

func (a *Assistant) updateService(ctx context.Context, in PutService) (ServiceView, error) {
	spec, err := a.checkService(in)
	if err != nil {
		return ServiceView{}, err
	}
	if err := a.lock(ctx); err != nil {
		return ServiceView{}, err
	}
	defer a.unlock()
	held, err := get[Service](ctx, a, record.KindService, in.ID)
	if err != nil {
		return ServiceView{}, err
	}
	s := held.Body
	if in.Key == nil {
		spec.Key = s.Key
	} else {
		s.unopened = ""
	}
	if in.KeepAlive == nil {
		spec.KeepAlive = s.KeepAlive
	}
	spec.ID = s.ID
	if s.Kind != spec.Kind || s.URL != spec.URL {
		s.Model = "" // it was a model of another server
	}
	s.Spec = spec
	a.mu.Lock()
	delete(a.health, s.ID)
	a.mu.Unlock()
	if _, err := a.commit(ctx, NewsData{}, draft{record.KindService, s.ID, s, held.Version}); err != nil {
		return ServiceView{}, err
	}
	a.lookAgain(s)
	return a.view(s), nil
}

// lookAgain probes a service behind the caller's back; the views hear of it, unless it was changed or removed meanwhile.
func (a *Assistant) lookAgain(s Service) {
	a.spawn(func(ctx context.Context) {
		h, err := a.probe(ctx, s.Spec, probeTimeout)
		if err != nil {
			return
		}
		if now, err := get[Service](ctx, a, record.KindService, s.ID); err == nil && now.Body.Spec == s.Spec {
			a.setHealth(ctx, now.Body, h)
		}
	})
}

func (a *Assistant) removeService(ctx context.Context, in ByID) (Empty, error) {
	if err := a.lock(ctx); err != nil {
		return Empty{}, err
	}
	defer a.unlock()
	held, err := get[Service](ctx, a, record.KindService, in.ID)
	if err != nil {
		return Empty{}, err
	}
	drafts := []draft{{record.KindService, in.ID, nil, held.Version}}
	settings, err := a.settings(ctx)
	if err != nil {
		return Empty{}, err
	}
	if settings.Body.DefaultService == in.ID {
		settings.Body.DefaultService, settings.Body.DefaultModel = "", ""
		drafts = append(drafts, draft{record.KindSetting, settingsID, settings.Body, settings.Version})
	}
	a.mu.Lock()
	delete(a.health, in.ID)
	a.mu.Unlock()
	_, err = a.commit(ctx, NewsData{}, drafts...)
	return Empty{}, err
}

func (a *Assistant) probeService(ctx context.Context, in ByID) (ServiceView, error) {
	s, err := get[Service](ctx, a, record.KindService, in.ID)
	if err != nil {
		return ServiceView{}, err
	}
	h, err := a.probe(ctx, s.Body.Spec, probeTimeout)
	if err != nil {
		return ServiceView{}, err
	}
	a.setHealth(ctx, s.Body, h)
	return a.view(s.Body), nil
}

// testService tries an address without keeping anything.
func (a *Assistant) testService(ctx context.Context, in TestService) (service.Health, error) {
	spec, err := a.checkService(PutService{Kind: in.Kind, URL: in.URL, Key: in.Key})
	if err != nil {
		return service.Health{}, err
	}
	if in.ID != "" && in.Key == nil {
		held, err := get[Service](ctx, a, record.KindService, in.ID)
		if err != nil {
			return service.Health{}, err
		}
		spec.Key = held.Body.Key
	}
	spec.ID = in.ID
	return a.probe(ctx, spec, probeTimeout)
}

// checkService validates what a person entered and brings the address into its one form.
func (a *Assistant) checkService(in PutService) (service.Spec, error) {
	i := slices.IndexFunc(a.deps.Kinds, func(d service.Definition) bool { return d.Kind == in.Kind })
	if i < 0 {
		return service.Spec{}, fault.New(fault.Invalid, "there is no kind of service %.40q", in.Kind).WithField("kind").
			WithRemedy("choose one of the list")
	}
	base, err := checkURL(in.URL)
	if err != nil {
		return service.Spec{}, err
	}
	name := oneLine(in.Name)
	if name == "" {
		name = a.deps.Kinds[i].Name
	}
	if utf8.RuneCountInString(name) > maxLabelRunes {
		return service.Spec{}, fault.New(fault.Invalid, "a name has at most %d characters", maxLabelRunes).
			WithField("name").WithRemedy("shorten it")
	}
	spec := service.Spec{Kind: in.Kind, Name: name, URL: base}
	if in.Key != nil {
		spec.Key = service.Secret(strings.TrimSpace(*in.Key))
	}
	if in.KeepAlive != nil {
		spec.KeepAlive = strings.TrimSpace(*in.KeepAlive)
	}
	if err := checkKeepAlive(spec.KeepAlive); err != nil {
		return spec, err
	}
	return spec, CheckKey(string(spec.Key))
}

// checkKeepAlive wants what Ollama reads: whole seconds, or a number with its unit.
func checkKeepAlive(text string) error {
	number := strings.TrimRight(text, "smh")
	if _, err := strconv.Atoi(number); text != "" && (err != nil || len(text)-len(number) > 1 || len(text) > 10) {
		return fault.New(fault.Invalid, "%.40q is no time for which a model can stay in memory", text).WithField("keepAlive").
			WithRemedy("write it like 30m or 2h, -1 for ever, or leave it empty")
	}
	return nil
}

func checkURL(text string) (string, error) {
	wrong := func(words, remedy string) error {
		return fault.New(fault.Invalid, "%s", words).WithField("url").WithRemedy("%s", remedy)
	}
	const example = "write it like http://localhost:11434"
	text = strings.TrimSpace(text)
	u, ok := address.Parse(text)
	switch {
	case text == "":
		return "", wrong("the address is missing", example)
	case !ok || u.Host == "" || len(text) > maxURLBytes:
		return "", wrong("this is not an address", example)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", wrong("an address begins with http:// or https://", example)
	case u.User:
		return "", wrong("an address holds no name or password", "enter the key in its own field")
	case u.Query || u.Fragment:
		return "", wrong("an address holds no ? or #", "leave that part out")
	}
	return strings.TrimRight(u.Scheme+"://"+strings.ToLower(u.Authority())+u.Path, "/"), nil
}

// CheckKey says what is wrong with the key of a service that a person typed.
func CheckKey(key string) error {
	bad := func(r rune) bool { return r < '!' || r > '~' }
	if len(key) > maxKeyBytes || strings.IndexFunc(key, bad) >= 0 {
		return fault.New(fault.Invalid, "a key is one word of plain letters, digits and signs").WithField("key").
			WithRemedy("copy it again from where you got it")
	}
	return nil
}
