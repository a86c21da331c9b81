package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/companion/supervise"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/a1111"
	"github.com/kindos/kai/shared/service/chroma"
	"github.com/kindos/kai/shared/service/comfyui"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/milvus"
	"github.com/kindos/kai/shared/service/qdrant"
)

// The methods of kai services. Those that start and stop take a ServiceName.
const (
	MethodServices     = "kai.services"       // answers []Service
	MethodServiceStart = "kai.services.start" // answers when the service does
	MethodServiceStop  = "kai.services.stop"
)

// lookTime bounds the looks at all services for a list.
const lookTime = 3 * time.Second

// ServiceName names a watched service by its step: ollama, comfyui, chroma, a1111.
type ServiceName struct {
	Name string `json:"name"`
}

// Service is how a watched service is at this moment.
type Service struct {
	Name      string    `json:"name"`
	State     string    `json:"state"`               // ready, away, starting (kai did), or ended (by itself, and kai had started it)
	Detail    string    `json:"detail"`              // version and models, or what is wrong, for a person
	Since     time.Time `json:"since,omitzero"`      // known of what kai has started: its start, or its end
	StartedBy string    `json:"startedBy,omitempty"` // kai, or other while it answers
}

// supervisor prepares starting and stopping of the installed services.
func (a *App) supervisor() *supervise.Supervisor {
	programs := a.opt.Programs
	if programs == nil {
		programs = supervise.Programs()
	}
	return supervise.New(supervise.Options{
		Programs: programs, Logs: a.opt.Dir.File(logfile.Folder), Data: a.opt.Dir.File, Now: a.opt.Now,
		Address: func(kind string) string { return a.address(definition(kind)) },
		Answers: func(ctx context.Context, kind string) error {
			_, err := a.look(ctx, kind)
			return err
		},
	})
}

// kinds lists every kind of service that kai speaks to. It makes pictures and keeps vectors with some that a browser's program
// only looks at.
func kinds() []service.Definition {
	l := exchange.DefaultLimits()
	out := connectors.Definitions()
	for _, d := range []service.Definition{comfyui.Definition(l), a1111.Definition(l), chroma.Definition(l), qdrant.Definition(l), milvus.Definition(l)} {
		out[slices.IndexFunc(out, func(o service.Definition) bool { return o.Kind == d.Kind })] = d
	}
	return out
}

// definition is the connector of a watched service.
func definition(kind string) service.Definition {
	all := kinds()
	return all[slices.IndexFunc(all, func(d service.Definition) bool { return d.Kind == kind })]
}

// services looks at all watched services that are switched on.
func (a *App) services(ctx context.Context) []Service {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	out, started := []Service{}, a.supervise.States()
	for _, w := range watchedServices() {
		if w.on(a.config().Services) {
			out = append(out, Service{Name: w.step})
		}
	}
	var looks sync.WaitGroup
	for i := range out {
		looks.Go(func() {
			found, err := a.look(ctx, out[i].Name)
			ours, known := started[out[i].Name]
			out[i].tell(found, err, ours, known)
		})
	}
	looks.Wait()
	return out
}

// tell fills in how a service is: by the look at it, and by what kai knows when it has started it.
func (s *Service) tell(found string, err error, ours supervise.State, known bool) {
	s.State, s.Detail = "ready", found
	if err != nil {
		s.State, s.Detail = "away", standalone.Detail(err)
	}
	switch {
	case known && ours.Running:
		s.Since, s.StartedBy = ours.Since, "kai"
		if err != nil {
			s.State = "starting"
		}
	case err == nil:
		s.StartedBy = "other"
	case known:
		s.State, s.Since = "ended", ours.Since
		s.Detail = ours.Ended + "; kai services logs " + s.Name
	}
}

// serviceMethods answer kai services.
func (a *App) serviceMethods() protocol.Mux {
	return protocol.Mux{
		MethodServices:     func(ctx context.Context, _ *protocol.Request) (any, error) { return a.services(ctx), nil },
		MethodServiceStart: a.onService(func(ctx context.Context, name string) error { return a.supervise.Start(ctx, name) }),
		MethodServiceStop:  a.onService(func(ctx context.Context, name string) error { return a.supervise.Stop(ctx, name) }),
	}
}

// onService does something with the service that a request names.
func (a *App) onService(do func(ctx context.Context, name string) error) protocol.HandlerFunc {
	return func(ctx context.Context, r *protocol.Request) (any, error) {
		var in ServiceName
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		for _, w := range watchedServices() {
			if w.step == in.Name && !w.on(a.config().Services) {
				return nil, fault.New(fault.Unsupported, "kai does not use %s: services.%s is off", in.Name, in.Name).
					WithRemedy("switch it on in kai config edit")
			}
		}
		return struct{}{}, do(ctx, in.Name)
	}
}

// closeServices ends what kai has started: those who ask it have stopped by then.
func (a *App) closeServices(ctx context.Context) error {
	a.servers.Close()
	return errors.Join(a.guests.Close(ctx), a.supervise.Close(ctx))
}
