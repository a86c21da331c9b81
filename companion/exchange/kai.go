package exchange

import (
	"context"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store/lent"
)

// Kai is another kai, on another computer, whose identity is proven.
type Kai struct {
	ID   string // its identity; a device that was removed comes back under no other replica
	Name string

	// Through is what stands between us and it when we dial: encryption. Nil for nothing.
	Through func(replica.Exchange) replica.Exchange
}

// kindKai is the kind of such a device.
const kindKai = "kai"

func (k Kai) device() device {
	return device{Name: k.Name, Kind: kindKai, Peer: k.ID, Sealed: k.Through != nil}
}

// Dial exchanges with a kai that we dialed until ctx or the connection ends. wrote rings when it has something new.
func (h *Hub) Dial(ctx context.Context, conn Connection, who Kai, wrote <-chan struct{}) {
	if _, err := conn.Partner(ctx); err != nil {
		return // it has left
	}
	var way replica.Exchange = replica.NewRemote(conn)
	if who.Through != nil {
		way = who.Through(way)
	}
	p := &partner{hub: h, conn: conn, as: who.device(), far: answerer{h.own, way}, wrote: wrote}
	defer h.leave(p)
	p.run(ctx)
}

// answerer is the far side that answers us.
type answerer struct {
	own *replica.Replica
	way replica.Exchange
}

func (a answerer) ID(ctx context.Context) (string, error) {
	who, err := a.way.Hello(ctx)
	return who.Replica, err
}

// Sync is whole always: the other side does its part itself.
func (a answerer) Sync(ctx context.Context, _ bool, progress func(replica.Progress)) error {
	_, err := a.own.Sync(ctx, a.way, progress)
	return err
}

// Answering is the answering side towards a kai that dialed us.
type Answering struct {
	*replica.Server
	p    *partner
	news <-chan struct{}
}

// Answer prepares to answer a kai that dialed us. cut ends its connection; it is called when the device is removed.
func (h *Hub) Answer(who Kai, cut func()) *Answering {
	return &Answering{Server: replica.NewServer(h.own), p: &partner{hub: h, as: who.device(), cut: cut}, news: h.news()}
}

// Methods answers its calls.
func (a *Answering) Methods() protocol.Mux { return replica.Methods(a) }

// Serve tells it when there is something new here, until ctx or the connection ends.
func (a *Answering) Serve(ctx context.Context, conn interface {
	Notify(ctx context.Context, method string, body any) error
}) {
	defer a.p.hub.leave(a.p)
	for news := a.news; ; {
		select {
		case <-ctx.Done():
			return
		case <-news:
		}
		news = a.p.hub.news()
		if err := conn.Notify(ctx, lent.EventChanged, nil); err != nil {
			return // its connection has ended
		}
	}
}

// Open begins an exchange, unless the device was removed: fault.Forbidden.
func (a *Answering) Open(ctx context.Context, in replica.Open) (replica.Opened, error) {
	if err := a.p.hub.barred(ctx, a.p.as); err != nil {
		return replica.Opened{}, err
	}
	out, err := a.Server.Open(ctx, in)
	if err != nil {
		return out, err
	}
	return out, a.p.hub.join(ctx, a.p, in.Replica)
}

// Pull hands over our feed, and notes that the other side has all of it: it pulls after it has pushed.
func (a *Answering) Pull(ctx context.Context, in replica.Pull, take func(replica.Page) error) error {
	more := false
	err := a.Server.Pull(ctx, in, func(page replica.Page) error {
		more = page.More
		return take(page)
	})
	if err != nil || more || a.p.device() == "" {
		return err
	}
	return a.p.hub.met(ctx, a.p)
}

// barred answers fault.Forbidden when another kai was removed from the devices, whatever its replica is called now.
func (h *Hub) barred(ctx context.Context, as device) error {
	known, err := h.devices(ctx)
	if err != nil {
		return err
	}
	for _, d := range known {
		if d.Removed && d.Peer != "" && d.Peer == as.Peer {
			return removed(d)
		}
	}
	return nil
}

func removed(d device) error {
	return fault.New(fault.Forbidden, "%s was removed from the devices", d.Name).WithRemedy("allow it again in the settings of another one")
}

// Kais tells about the other kai that exchanged with this one, by identity.
func (h *Hub) Kais(ctx context.Context) (map[string]assistant.SyncDevice, error) {
	known, err := h.devices(ctx)
	out := map[string]assistant.SyncDevice{}
	for _, d := range known {
		if d.Peer == "" || out[d.Peer].Connected {
			continue // a store that was copied or put back has been another device before
		}
		if out[d.Peer], err = h.view(ctx, d); err != nil {
			return nil, err
		}
	}
	return out, err
}
