package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
)

// Options set up one side of a connection. Zero limits mean the defaults named beside them.
type Options struct {
	Hello    Hello   // what we say of ourselves; Min and Max default to this build's
	Handler  Handler // answers the other side's requests; nil refuses all
	MaxFrame int     // largest frame the connection takes, in bytes; larger ones are cut into parts (0: no limit)

	// Event takes the other side's events, one at a time and in order; nil ignores them. It must not wait for the network:
	// when it falls eventDepth events behind, further ones are dropped and logged.
	Event func(ctx context.Context, method string, body json.RawMessage)

	MaxMessage   int           // largest frame in or out, joined from parts or not: 64 MiB
	MaxRequests  int           // requests of the other side being answered at a time: 512
	MaxFragments int           // frames in parts that the other side may have unfinished: 64
	MaxMalformed int           // bad frames that are answered before the connection is given up: 16
	HelloWithin  time.Duration // how long the other side may take to say hello: 30 s
	Log          *logs.Logger  // nil logs nothing
}

const (
	eventDepth     = 256
	farewellWithin = 2 * time.Second // how long the last frames may take before the connection is cut
)

func (o Options) withDefaults() Options {
	o.Hello.Min, o.Hello.Max = orElse(o.Hello.Min, MinVersion), orElse(o.Hello.Max, MaxVersion)
	o.MaxMessage = orElse(o.MaxMessage, MaxFromBrowser)
	o.MaxRequests = orElse(o.MaxRequests, 512)
	o.MaxFragments = orElse(o.MaxFragments, 64)
	o.MaxMalformed = orElse(o.MaxMalformed, 16)
	if o.HelloWithin <= 0 {
		o.HelloWithin = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = logs.Discard()
	}
	return o
}

func orElse(v, otherwise int) int {
	if v <= 0 {
		return otherwise
	}
	return v
}

// Peer is one end of a connection: it sends requests and answers those of the other side.
// One goroutine writes; when the connection closes every pending request fails at once with fault.Unavailable.
type Peer struct {
	conn    Conn
	opt     Options
	out     *outbox
	shake   handshake
	done    chan struct{}
	started atomic.Bool
	lastID  atomic.Uint64
	version atomic.Int32

	parts     assembler // the reading goroutine's own
	malformed int       // the reading goroutine's own
	strays    int       // the reading goroutine's own
	events    chan Envelope
	working   sync.WaitGroup // handlers and the event loop; Run waits for them

	mu      sync.Mutex
	cause   error // why the connection was given up, when it was not the other side
	ended   bool
	calls   map[string]*call
	serving map[string]*serving
}

// NewPeer prepares a peer; Run starts it.
func NewPeer(conn Conn, opt Options) *Peer {
	opt = opt.withDefaults()
	p := &Peer{
		conn: conn, opt: opt, done: make(chan struct{}),
		shake:   handshake{ready: make(chan struct{})},
		parts:   assembler{maxOpen: opt.MaxFragments, maxBytes: opt.MaxMessage},
		events:  make(chan Envelope, eventDepth),
		calls:   make(map[string]*call),
		serving: make(map[string]*serving),
	}
	p.version.Store(int32(opt.Hello.Min)) //nolint:gosec // a small number of ours
	p.out = newOutbox(opt.MaxFrame, &p.version)
	return p
}

// Run says hello and serves until the connection or ctx ends. It returns nil when the other side left in good order or
// Close was called, and only after all handlers have returned.
func (p *Peer) Run(ctx context.Context) error {
	if !p.started.CompareAndSwap(false, true) {
		return fault.New(fault.Internal, "a peer runs once")
	}
	defer context.AfterFunc(ctx, func() { _ = p.conn.Close() })()
	handlers, stopHandlers := context.WithCancel(ctx)
	defer stopHandlers()

	written := make(chan error, 1)
	go func() { written <- p.write(ctx) }()
	hurry := time.AfterFunc(p.opt.HelloWithin, p.helloIsLate)
	defer hurry.Stop()

	p.startEvents(handlers)
	p.sayHello()
	err := p.read(handlers)
	p.end()
	stopHandlers()
	err = p.sayGoodbye(err, written)
	p.working.Wait()
	return p.reason(ctx, err)
}

func (p *Peer) write(ctx context.Context) error {
	err := p.out.run(p.done, func(frame []byte) error { return p.conn.Send(ctx, frame) })
	if err != nil {
		_ = p.conn.Close() // so that the reader ends too
	}
	return err
}

func (p *Peer) read(ctx context.Context) error {
	for {
		frame, err := p.conn.Receive(ctx)
		if err != nil {
			return err
		}
		if err := p.accept(ctx, frame); err != nil {
			return err
		}
	}
}

// end makes every pending call and emit fail; nothing new begins.
func (p *Peer) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		p.ended = true
		close(p.done)
	}
}

// sayGoodbye lets the writer finish when it was us who ended it, so that the other side reads why, and closes.
func (p *Peer) sayGoodbye(err error, written <-chan error) error {
	var ours *fault.Fault
	if errors.As(err, &ours) {
		cut := time.AfterFunc(farewellWithin, func() { _ = p.conn.Close() })
		defer cut.Stop()
	} else {
		_ = p.conn.Close()
	}
	writeErr := <-written
	_ = p.conn.Close()
	if writeErr != nil && !errors.As(err, &ours) && !errors.Is(err, io.EOF) {
		return writeErr
	}
	return err
}

// reason is what Run returns: our own cause first, then the owner's, then the connection's.
func (p *Peer) reason(ctx context.Context, err error) error {
	p.mu.Lock()
	cause := p.cause
	p.mu.Unlock()
	var known *fault.Fault
	switch {
	case errors.Is(cause, errClosed):
		return nil
	case cause != nil:
		return cause
	case ctx.Err() != nil:
		return stopped(ctx, "the connection")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe):
		return nil
	case errors.As(err, &known):
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "the connection broke")
}

var errClosed = errors.New("closed by its owner")

// abort gives the connection up from another goroutine.
func (p *Peer) abort(cause error) {
	p.mu.Lock()
	if p.cause == nil && !p.ended {
		p.cause = cause
	}
	p.mu.Unlock()
	_ = p.conn.Close()
}

// Close ends the connection; Run then returns nil.
func (p *Peer) Close() { p.abort(errClosed) }

// Done is closed when the connection has ended.
func (p *Peer) Done() <-chan struct{} { return p.done }
