package assistant

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
)

// discoverTimeout bounds one probe of the first run: what runs on this computer answers much sooner.
const discoverTimeout = 3 * time.Second

// discover probes every kind of service that answers questions at its default address, all at once. Nothing is added: the view offers it.
// The kinds that the configuration names come first.
func (a *Assistant) discover(ctx context.Context, _ Empty) (Discovered, error) {
	services, err := a.services(ctx)
	if err != nil {
		return Discovered{}, err
	}
	kinds := a.discoverable()
	out := Discovered{Services: make([]DiscoveredService, len(kinds))}
	errs := make([]error, len(kinds))
	var group sync.WaitGroup
	for i, d := range kinds {
		found := &out.Services[i]
		*found = DiscoveredService{Kind: d.Kind, Name: d.Name, URL: d.DefaultURL, Get: d.Get}
		spec := service.Spec{Kind: d.Kind, Name: d.Name, URL: d.DefaultURL}
		for _, s := range services {
			if s.Body.Kind == d.Kind && s.Body.URL == strings.TrimRight(d.DefaultURL, "/") {
				found.Added, spec = s.Body.ID, s.Body.Spec
				break
			}
		}
		group.Go(func() { found.Health, errs[i] = a.probe(ctx, spec, discoverTimeout) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return Discovered{}, err
		}
	}
	return out, nil
}

// discoverable lists the kinds that have a usual address on this computer, the configured ones first in the configured
// order. Of those that share an address, whatever answers there is called by the first.
func (a *Assistant) discoverable() []service.Definition {
	var out []service.Definition
	for _, d := range a.deps.Kinds {
		shared := slices.ContainsFunc(out, func(o service.Definition) bool { return o.DefaultURL == d.DefaultURL })
		if d.DefaultURL != "" && !d.Cloud && !shared && d.Category == service.ForAnswers && d.Kind != service.BuiltIn {
			out = append(out, d)
		}
	}
	var local []string
	if a.deps.Local != nil {
		local = a.deps.Local()
	}
	rank := func(d service.Definition) int {
		if i := slices.Index(local, d.Kind); i >= 0 {
			return i
		}
		return len(local)
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i]) < rank(out[j]) })
	return out
}

// modelOn reads the service that a model is named on.
func (a *Assistant) modelOn(ctx context.Context, in ModelRef) (Service, error) {
	if strings.TrimSpace(in.Model) == "" || len(in.Model) > maxNameBytes {
		return Service{}, fault.New(fault.Invalid, "the model has no usable name").WithField("model").
			WithRemedy("write its name, for example gemma3:270m")
	}
	s, err := get[Service](ctx, a, record.KindService, in.Service)
	return s.Body, named(err, "service")
}

func (a *Assistant) showModel(ctx context.Context, in ModelRef) (service.Model, error) {
	s, err := a.modelOn(ctx, in)
	if err != nil {
		return service.Model{}, err
	}
	return a.deps.Gateway.Show(ctx, s.Spec, in.Model)
}

func (a *Assistant) deleteModel(ctx context.Context, in ModelRef) (Empty, error) {
	s, err := a.modelOn(ctx, in)
	if err != nil {
		return Empty{}, err
	}
	if err := a.deps.Gateway.Delete(ctx, s.Spec, in.Model); err != nil {
		return Empty{}, err
	}
	a.lookAgain(s)
	return Empty{}, nil
}

func (a *Assistant) runningModels(ctx context.Context, in ByID) (Models, error) {
	s, err := get[Service](ctx, a, record.KindService, in.ID)
	if err != nil {
		return Models{}, named(err, "service")
	}
	list, err := a.deps.Gateway.Running(ctx, s.Body.Spec)
	return Models{list}, err
}

func (a *Assistant) unloadModel(ctx context.Context, in ModelRef) (Empty, error) {
	s, err := a.modelOn(ctx, in)
	if err != nil {
		return Empty{}, err
	}
	return Empty{}, a.deps.Gateway.Unload(ctx, s.Spec, in.Model)
}
