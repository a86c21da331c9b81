package peers

import (
	"context"

	"github.com/kindos/kai/shared/fault"
)

// State is how the exchange with another kai goes.
type State struct {
	Entry
	Connected bool         `json:"connected,omitempty"`
	Last      string       `json:"last,omitempty"` // when both last had everything; RFC 3339
	Fault     *fault.Fault `json:"fault,omitempty"`
}

// States tells about every kai in the book.
func (p *Peers) States(ctx context.Context) ([]State, error) {
	all, err := p.opt.Book.List()
	if err != nil {
		return nil, err
	}
	known, err := p.opt.Hub.Kais(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]State, 0, len(all))
	for _, e := range all {
		device := known[string(e.ID)]
		state := State{Entry: e, Connected: device.Connected, Last: device.Last, Fault: device.Fault}
		if state.Fault == nil && !state.Connected {
			state.Fault = p.why(e)
		}
		out = append(out, state)
	}
	return out, nil
}

// why is the fault that keeps a kai away that is dialed.
func (p *Peers) why(e Entry) *fault.Fault {
	p.mu.Lock()
	d := p.dials[e.ID]
	p.mu.Unlock()
	if d == nil {
		return nil
	}
	return fault.Public(d.tries.Why())
}
