package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
)

// maxLost is how many lost texts a view is told of.
const maxLost = 200

// Methods answers the views' sync methods. asking is the connection that they come over; nil when it is no browser's.
func (h *Hub) Methods(asking func() Connection) protocol.Mux {
	return protocol.Mux{
		assistant.MethodSyncState: func(ctx context.Context, _ *protocol.Request) (any, error) { return h.state(ctx, asking) },
		assistant.MethodSyncNow: func(context.Context, *protocol.Request) (any, error) {
			h.asked.Add(1)
			h.Changed()
			return assistant.Empty{}, nil
		},
		assistant.MethodSyncRename:  answer(h.rename),
		assistant.MethodSyncRemove:  answer(func(ctx context.Context, in assistant.ByID) error { return h.remove(ctx, in.ID, true) }),
		assistant.MethodSyncAllow:   answer(func(ctx context.Context, in assistant.ByID) error { return h.remove(ctx, in.ID, false) }),
		assistant.MethodSyncRestore: answer(func(ctx context.Context, in assistant.ByID) error { return h.own.Restore(ctx, in.ID) }),
		assistant.MethodSyncDiscard: answer(func(ctx context.Context, in assistant.ByID) error { return h.own.Discard(ctx, in.ID) }),
	}
}

func answer[In any](do func(context.Context, In) error) protocol.HandlerFunc {
	return func(ctx context.Context, r *protocol.Request) (any, error) {
		var in In
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		return assistant.Empty{}, do(ctx, in)
	}
}

func (h *Hub) rename(ctx context.Context, in assistant.SyncRename) error {
	name, err := nameOf(in.Name)
	if err != nil {
		return err
	}
	if _, err := h.device(ctx, in.ID); err != nil {
		return err
	}
	return h.edit(ctx, in.ID, func(d *device) { d.Name = name })
}

// remove ends the exchange with a device, or allows it again.
func (h *Hub) remove(ctx context.Context, id string, removed bool) error {
	if _, err := h.device(ctx, id); err != nil {
		return err
	}
	if err := h.edit(ctx, id, func(d *device) { d.Removed = removed }); err != nil {
		return err
	}
	if p := h.connected(id); removed && p != nil {
		p.interrupt()
		if p.cut != nil {
			p.cut()
		}
	}
	h.Changed() // it is asked anew
	return nil
}

func (h *Hub) state(ctx context.Context, asking func() Connection) (assistant.SyncState, error) {
	out := assistant.SyncState{Devices: []assistant.SyncDevice{}, Lost: []assistant.LostText{}}
	known, err := h.devices(ctx)
	if err != nil {
		return out, err
	}
	for _, d := range known {
		view, err := h.view(ctx, d)
		if err != nil {
			return out, err
		}
		if p := h.connected(d.ID); p != nil && p.conn != nil && asking != nil && asking() == p.conn {
			out.Device = d.ID
		}
		out.Devices = append(out.Devices, view)
	}
	out.Lost, err = h.lost(ctx)
	return out, err
}

// view is what views are told of a device.
func (h *Hub) view(ctx context.Context, d device) (assistant.SyncDevice, error) {
	view := assistant.SyncDevice{ID: d.ID, Name: d.Name, Kind: d.Kind, Last: d.Last, Removed: d.Removed, Encrypted: d.Sealed}
	if p := h.connected(d.ID); p != nil {
		p.tell(&view)
	}
	var err error
	view.Waiting, err = h.own.Waiting(ctx, d.ID, assistant.MaxWaiting)
	return view, err
}

func (h *Hub) connected(id string) *partner {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.here[id]
}

// tell writes what is known of a connected device into its view.
func (p *partner) tell(view *assistant.SyncDevice) {
	p.mu.Lock()
	defer p.mu.Unlock()
	view.Connected = true
	if !p.met.IsZero() {
		view.Last = record.Time(p.met)
	}
	if p.busy {
		view.Done, view.Of = p.at.Taken+p.at.Given, p.at.TakenOf+p.at.GivenOf
	}
	if p.err != nil && !view.Removed {
		view.Fault = fault.Public(p.err)
	}
}

// lost lists the texts that lost, newest first. What stands in their place with the same words, or was nobody's own, is
// nothing to show: who kept it could not read it.
func (h *Hub) lost(ctx context.Context) ([]assistant.LostText, error) {
	out := []assistant.LostText{}
	page, err := h.opt.Store.List(ctx, store.Query{Kind: record.KindConflict, Limit: maxLost})
	if err != nil {
		return out, err
	}
	for _, r := range page.Records {
		var c replica.Copy
		if json.Unmarshal(r.Body, &c) != nil {
			continue // one that cannot be read hides no other
		}
		words := replica.OwnWords(c)
		if stands, err := h.opt.Store.Get(ctx, c.Of); err != nil {
			return out, err
		} else if words == "" || words == replica.Words(stands[0]) || store.IndexKey(c.Body, replica.SealedField) != "" {
			continue
		}
		out = append(out, assistant.LostText{
			ID: r.ID, Kind: string(c.Of.Kind), Conversation: c.Conversation, Text: words,
			Written: record.Time(time.UnixMilli(c.Version.Wall())),
		})
	}
	slices.SortFunc(out, func(a, b assistant.LostText) int { return strings.Compare(b.Written+b.ID, a.Written+a.ID) })
	return out, nil
}
