package protocol

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// Options set up one side of a connection.
type Options struct {
	Hello    Hello   // what we say of ourselves; Min and Max default to this build's
	Handler  Handler // answers the other side's requests; nil refuses all
	MaxFrame int     // largest frame the connection takes, in bytes; larger ones are cut into parts (0: no limit)
}

// Peer is one end of a connection: it sends requests and answers those of the other side.
// One goroutine writes; when the connection closes every pending request fails at once with fault.Unavailable.
type Peer struct {
	conn Conn
	opt  Options

	mu sync.Mutex // guards what the implementation adds
}

// NewPeer prepares a peer; Run starts it.
func NewPeer(conn Conn, opt Options) *Peer { return &Peer{conn: conn, opt: opt} }

// Run says hello and serves until the connection or ctx ends. It returns nil when the other side left in good order.
func (p *Peer) Run(ctx context.Context) error { return fault.New(fault.Unsupported, "not built") }

// Partner waits for the other side's hello. fault.Unsupported when the version ranges do not overlap.
func (p *Peer) Partner(ctx context.Context) (Hello, error) { return Hello{}, nil }

// Call sends a request and decodes the reply into out (nil: ignored). When ctx ends the request is cancelled there too.
func (p *Peer) Call(ctx context.Context, method string, in, out any) error { return nil }

// Stream sends a request and hands each chunk to each; it returns when the reply came (decoded into out) or each failed.
func (p *Peer) Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error {
	return nil
}

// Notify sends an event.
func (p *Peer) Notify(ctx context.Context, method string, body any) error { return nil }

// Done is closed when the connection has ended.
func (p *Peer) Done() <-chan struct{} { return nil }
