package replica

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// MethodPrefix begins every method by which replicas exchange over a connection.
const MethodPrefix = "replica."

// The methods, with request and reply type; a stream's chunk type stands after "~". A page that is larger than the
// connection's frames travels in parts, and no more pages are on their way than the dialer gave credit for.
const (
	methodHello   = MethodPrefix + "hello"   // nothing -> Identity
	methodOpen    = MethodPrefix + "open"    // Open -> Opened
	methodPull    = MethodPrefix + "pull"    // Pull ~ Page -> nothing
	methodPush    = MethodPrefix + "push"    // Push -> Pushed
	methodMissing = MethodPrefix + "missing" // Missing -> Absent
)

// Caller is what Remote needs of a connection; *protocol.Peer is one.
type Caller interface {
	Call(ctx context.Context, method string, in, out any) error
	Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error
}

// Remote is the answering side over a connection.
type Remote struct{ peer Caller }

// NewRemote makes the answering side of whoever is at the other end of a connection.
func NewRemote(peer Caller) *Remote { return &Remote{peer: peer} }

var _ Exchange = (*Remote)(nil)

// Hello asks who answers.
func (c *Remote) Hello(ctx context.Context) (out Identity, err error) {
	err = c.peer.Call(ctx, methodHello, nil, &out)
	return out, err
}

// Open begins a session; see Exchange.
func (c *Remote) Open(ctx context.Context, in Open) (out Opened, err error) {
	err = c.peer.Call(ctx, methodOpen, in, &out)
	return out, err
}

// Push hands over a page; see Exchange.
func (c *Remote) Push(ctx context.Context, in Push) (out Pushed, err error) {
	err = c.peer.Call(ctx, methodPush, in, &out)
	return out, err
}

// Missing asks about records; see Exchange.
func (c *Remote) Missing(ctx context.Context, in Missing) (out Absent, err error) {
	err = c.peer.Call(ctx, methodMissing, in, &out)
	return out, err
}

// Pull takes pages as they come; see Exchange.
func (c *Remote) Pull(ctx context.Context, in Pull, take func(Page) error) error {
	return c.peer.Stream(ctx, methodPull, in, func(raw json.RawMessage) error {
		var page Page
		if err := json.Unmarshal(raw, &page); err != nil {
			return fault.New(fault.Malformed, "the other side sent a page that does not fit: %w", err)
		}
		return take(page)
	}, nil)
}

// Methods answers what Remote asks, from server. Whoever calls reads and writes everything that the replica shares, so only
// connections that were let in may reach it.
func Methods(server Exchange) protocol.Mux {
	return protocol.Mux{
		methodHello:   func(ctx context.Context, _ *protocol.Request) (any, error) { return server.Hello(ctx) },
		methodOpen:    protocol.Answer(server.Open),
		methodPush:    protocol.Answer(server.Push),
		methodMissing: protocol.Answer(server.Missing),
		methodPull: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in Pull
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return nil, server.Pull(ctx, in, func(p Page) error { return r.Emit(ctx, p) })
		},
	}
}
