package app

import (
	"context"
	"time"

	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
)

// clientMethods answer the web app about who may use this kai.
func (a *App) clientMethods() protocol.Mux {
	by := func(do func(id string) error) protocol.HandlerFunc {
		return func(_ context.Context, r *protocol.Request) (any, error) {
			var in assistant.ByID
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return assistant.Empty{}, do(in.ID)
		}
	}
	return protocol.Mux{
		assistant.MethodClientsState:   func(context.Context, *protocol.Request) (any, error) { return a.clientsState() },
		assistant.MethodClientsApprove: by(a.door.Approve),
		assistant.MethodClientsRefuse:  by(a.door.Refuse),
		assistant.MethodClientsRevoke: by(func(name string) error {
			if err := clients.In(a.opt.Dir).Revoke(name); err != nil {
				return err
			}
			a.api.CutClients()
			return nil
		}),
	}
}

func (a *App) clientsState() (assistant.ClientsState, error) {
	out := assistant.ClientsState{Waiting: []assistant.WaitingClient{}, Clients: []assistant.Client{}}
	written := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	for _, w := range a.door.Waiting() {
		out.Waiting = append(out.Waiting, assistant.WaitingClient{ID: w.ID, Code: w.Code, Name: w.Name, Address: w.Address, Since: written(w.Since), Approved: w.Approved})
	}
	known, err := clients.In(a.opt.Dir).List()
	for _, c := range known {
		out.Clients = append(out.Clients, assistant.Client{Name: c.Name, Added: written(c.Added)})
	}
	return out, err
}

// cutClients has the connections of clients looked at anew: the commands change the book, too.
func (a *App) cutClients(context.Context, *protocol.Request) (any, error) {
	a.api.CutClients()
	return struct{}{}, nil
}
