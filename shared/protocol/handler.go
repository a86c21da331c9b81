package protocol

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
)

// Conn is one message-oriented connection. Receive returns io.EOF when the other side is gone in good order. Send is
// called by one goroutine at a time. Close is idempotent and unblocks both. A frame changes hands without a copy: who
// receives one owns it, who sent one leaves it alone.
type Conn interface {
	Receive(ctx context.Context) ([]byte, error)
	Send(ctx context.Context, frame []byte) error
	Close() error
}

// Handler answers requests. The returned value becomes the reply's body; an error becomes its fault.
// Handlers run in their own goroutine; ctx ends when the peer cancels or the connection closes.
type Handler interface {
	Serve(ctx context.Context, r *Request) (any, error)
}

// HandlerFunc makes a function a Handler.
type HandlerFunc func(ctx context.Context, r *Request) (any, error)

// Serve calls f.
func (f HandlerFunc) Serve(ctx context.Context, r *Request) (any, error) { return f(ctx, r) }

// Request is an incoming request. Emit sends one chunk of a stream and waits while the reader has granted no credit.
type Request struct {
	Method string
	Body   json.RawMessage
	Peer   *Peer
	emit   func(ctx context.Context, v any) error
}

// Emit sends one chunk of this request's stream, blocking while the reader is out of credit.
func (r *Request) Emit(ctx context.Context, v any) error { return r.emit(ctx, v) }

// Decode reads the body into v; anything that does not fit answers fault.Invalid naming the method.
func (r *Request) Decode(v any) error {
	if len(r.Body) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Body, v); err != nil {
		return fault.New(fault.Invalid, "the body of %s does not fit: %w", r.Method, err)
	}
	return nil
}

// NewRequest makes a request that did not come over a connection: for tests of handlers, and for callers in the same
// process. A nil emit refuses streams.
func NewRequest(method string, body json.RawMessage, emit func(ctx context.Context, v any) error) *Request {
	if emit == nil {
		emit = func(context.Context, any) error {
			return fault.New(fault.Unsupported, "the caller of %s takes no stream", method)
		}
	}
	return &Request{Method: method, Body: body, emit: emit}
}

// Mux hands each request to the function of its method; an unknown method answers fault.Unsupported naming it.
type Mux map[string]HandlerFunc

// Serve calls the function of r's method.
func (m Mux) Serve(ctx context.Context, r *Request) (any, error) {
	if f, ok := m[r.Method]; ok && f != nil {
		return f(ctx, r)
	}
	return nil, unknownMethod(r.Method)
}

func unknownMethod(method string) *fault.Fault {
	return fault.New(fault.Unsupported, "%q is not known on this side", method).
		WithRemedy("update the older of the browser extension and the kai program")
}

// Answer makes a handler of a function that takes what a request holds.
func Answer[In, Out any](do func(context.Context, In) (Out, error)) HandlerFunc {
	return func(ctx context.Context, r *Request) (any, error) {
		var in In
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		return do(ctx, in)
	}
}
