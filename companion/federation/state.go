package federation

import (
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

// State is how it is with a peer.
type State struct {
	Peer
	Connected bool         `json:"connected,omitempty"`
	Expires   string       `json:"expires,omitempty"` // when the session ends; RFC 3339
	Lets      []string     `json:"lets,omitempty"`    // what it lets this kai ask for
	Says      *klp.State   `json:"says,omitempty"`    // what it tells of itself
	Fault     *fault.Fault `json:"fault,omitempty"`   // why it is away
}

// States tells about every peer in the book.
func (n *Node) States() ([]State, error) {
	all, err := n.opt.Book.List()
	if err != nil {
		return nil, err
	}
	out := make([]State, 0, len(all))
	for _, p := range all {
		s := State{Peer: p}
		n.mu.Lock()
		if l := n.last(p.ID); l != nil {
			k := n.kin[p.ID]
			s.Connected, s.Expires, s.Says = true, l.session.Expires.UTC().Format("2006-01-02T15:04:05Z"), k.state
			for _, c := range k.manifest.Capabilities {
				s.Lets = append(s.Lets, c.Name)
			}
		}
		n.mu.Unlock()
		if !s.Connected {
			s.Fault = fault.Public(n.why(p.ID))
		}
		out = append(out, s)
	}
	return out, nil
}
