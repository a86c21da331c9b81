package exchange

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// KindDevice is what kai knows of a browser or another kai that exchanges with it; it never leaves kai.
const KindDevice record.Kind = "device"

// Schema is what the store of devices is opened with, beside store.Schema.
func Schema() []store.KindSpec { return []store.KindSpec{{Kind: KindDevice}} }

const (
	maxNameRunes = 80
)

// device is the body of a KindDevice record, whose id is the device's replica.
type device struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	First   string `json:"first"`
	Last    string `json:"last,omitempty"` // when both had everything
	Removed bool   `json:"removed,omitempty"`
	Kind    string `json:"kind,omitempty"`   // kindKai; empty for a browser
	Peer    string `json:"peer,omitempty"`   // the identity of another kai
	Sealed  bool   `json:"sealed,omitempty"` // it gets only what it cannot read
}

// admit finds or makes the record of a device.
func (h *Hub) admit(ctx context.Context, id string, as device) (device, error) {
	known, err := h.device(ctx, id)
	if fault.CodeOf(err) == fault.NotFound {
		as.ID, as.First = id, record.Time(h.opt.Now())
		return as, h.edit(ctx, id, func(d *device) { *d = as })
	}
	if err != nil || known.Peer == as.Peer && known.Sealed == as.Sealed {
		return known, err
	}
	known.Kind, known.Peer, known.Sealed = as.Kind, as.Peer, as.Sealed // its identity or its key is new, and its history is not
	return known, h.edit(ctx, id, func(d *device) { d.Kind, d.Peer, d.Sealed = as.Kind, as.Peer, as.Sealed })
}

// browserName is what a browser is called until a person names it.
func browserName(hello protocol.Hello) string {
	for _, known := range [][2]string{{"firefox", "Firefox"}, {"web-firefox", "Web app in Firefox"}, {"web-chromium", "Web app in Chromium"}} {
		if slices.Contains(hello.Capabilities, known[0]) {
			return known[1]
		}
	}
	return "Chromium"
}

// keepMet is how old what is stored of the last exchange may get: storing it each time would double what kai writes.
const keepMet = time.Minute

// met notes that a device and kai had everything of each other.
func (h *Hub) met(ctx context.Context, p *partner) error {
	now := h.opt.Now()
	p.mu.Lock()
	id, keep := p.id, now.Sub(p.kept).Abs() >= keepMet
	p.met = now
	if keep {
		p.kept = now
	}
	p.mu.Unlock()
	if !keep {
		return nil
	}
	return h.edit(ctx, id, func(d *device) { d.Last = record.Time(now) })
}

// device reads a device; fault.NotFound when there is none.
func (h *Hub) device(ctx context.Context, id string) (device, error) {
	found, err := h.opt.Devices.Get(ctx, record.Key{Kind: KindDevice, ID: id})
	if fault.CodeOf(err) == fault.Invalid {
		return device{}, unknownDevice() // text that cannot be an id names nothing
	}
	if err != nil {
		return device{}, err
	}
	if found[0].Version == "" || found[0].Deleted {
		return device{}, unknownDevice()
	}
	return readDevice(found[0])
}

func unknownDevice() error {
	return fault.New(fault.NotFound, "there is no such device").WithField("id")
}

func readDevice(r record.Record) (device, error) {
	var d device
	if err := json.Unmarshal(r.Body, &d); err != nil {
		return d, fault.Wrap(fault.Internal, err, "the record of a device cannot be read")
	}
	return d, nil
}

// edit changes the record of a device; one that is not there is made.
func (h *Hub) edit(ctx context.Context, id string, change func(*device)) error {
	_, err := store.Update(ctx, h.opt.Devices, h.opt.Clock, record.Key{Kind: KindDevice, ID: id}, func(r *record.Record) error {
		var d device
		if len(r.Body) > 0 {
			known, err := readDevice(*r)
			if err != nil {
				return err
			}
			d = known
		}
		change(&d)
		body, err := json.Marshal(d)
		r.Body, r.Deleted = body, false
		return err
	})
	return err
}

// devices lists all devices by name.
func (h *Hub) devices(ctx context.Context) ([]device, error) {
	var out []device
	for q := (store.Query{Kind: KindDevice}); ; {
		page, err := h.opt.Devices.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			d, err := readDevice(r)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
		if q.After = page.Next; q.After == "" {
			slices.SortFunc(out, func(a, b device) int { return strings.Compare(a.Name+"\n"+a.ID, b.Name+"\n"+b.ID) })
			return out, nil
		}
	}
}

// nameOf is the static check of a device's name.
func nameOf(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	if name == "" || len([]rune(name)) > maxNameRunes {
		return "", fault.New(fault.Invalid, "a device's name has 1 to %d characters", maxNameRunes).WithField("name").
			WithRemedy("write a shorter one")
	}
	return name, nil
}
