package chatapi

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Models lists models.
type Models struct {
	Object string  `json:"object" enum:"list"`
	Data   []Model `json:"data"`
}

// Model is a model of a connected service.
type Model struct {
	ID      string `json:"id" doc:"Its name; with the service's name and a / before it where another service has one of that name."`
	Object  string `json:"object" enum:"model"`
	Created int64  `json:"created" doc:"Always 0: services do not tell."`
	OwnedBy string `json:"owned_by" doc:"The name of the service."`
}

// How long a service may take to list its models, and how long it is remembered which service has a model. A service that
// was changed or removed is noticed at once.
const (
	listTime = 5 * time.Second
	keepTime = 30 * time.Second
)

// directory knows which service has which model.
type directory struct {
	opt Options

	mu    sync.Mutex // guards what follows
	found []entry
	at    time.Time
}

// entry is a model of a service.
type entry struct {
	id    string // in this API
	model string // on the service
	spec  service.Spec
}

// list asks every connected service at the same time. Those that do not answer are left out; the fault is theirs when none
// does.
func (d *directory) list(ctx context.Context) ([]entry, error) {
	services, err := d.opt.Services(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	models, errs := make([][]service.Model, len(services)), make([]error, len(services))
	var group sync.WaitGroup
	for i, s := range services {
		group.Go(func() { models[i], errs[i] = d.opt.Gateway.Models(ctx, s) })
	}
	group.Wait()
	var out []entry
	taken, failed := map[string]bool{}, 0
	for i, s := range services {
		if errs[i] != nil {
			failed++
			continue
		}
		for _, m := range models[i] {
			id := m.Name
			if taken[id] {
				id = s.Name + "/" + m.Name
			}
			taken[id] = true
			out = append(out, entry{id, m.Name, s})
		}
	}
	if failed > 0 && failed == len(services) {
		return nil, errs[0]
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.found, d.at = out, d.opt.Now()
	return out, nil
}

// find finds a model by its id, also without Ollama's ":latest", or by the name of its service and its own.
func (d *directory) find(ctx context.Context, id string) (entry, error) {
	if id == "" {
		return entry{}, fault.New(fault.Invalid, "no model is named").WithField("model").WithRemedy("GET /v1/models lists them")
	}
	d.mu.Lock()
	known, fresh := lookUp(d.found, id), d.opt.Now().Sub(d.at) < keepTime
	d.mu.Unlock()
	if known != nil && fresh && d.unchanged(ctx, known.spec) {
		return *known, nil
	}
	all, err := d.list(ctx)
	if err != nil {
		return entry{}, err
	}
	if known = lookUp(all, id); known == nil {
		return entry{}, fault.New(fault.NotFound, "no connected service has the model %.200q", id).WithField("model").WithRemedy("GET /v1/models lists those that there are")
	}
	return *known, nil
}

func lookUp(all []entry, id string) *entry {
	for _, tried := range []func(entry) bool{
		func(e entry) bool { return e.id == id },
		func(e entry) bool { return e.id == id+":latest" },
		func(e entry) bool { return e.spec.Name+"/"+e.model == id || e.spec.ID+"/"+e.model == id },
	} {
		for _, e := range all {
			if tried(e) {
				return &e
			}
		}
	}
	return nil
}

// unchanged says whether a service is still connected as it was.
func (d *directory) unchanged(ctx context.Context, s service.Spec) bool {
	now, err := d.opt.Services(ctx)
	for _, other := range now {
		if err == nil && other == s {
			return true
		}
	}
	return false
}

func (a *area) models(w http.ResponseWriter, r *http.Request) {
	all, err := a.directory.list(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	out := Models{Object: "list", Data: []Model{}}
	for _, e := range all {
		out.Data = append(out.Data, Model{ID: e.id, Object: "model", OwnedBy: strings.TrimSpace(e.spec.Name)})
	}
	answer(w, out)
}
