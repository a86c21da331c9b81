// Package protocol is the one language between view and runtime, runtime and companion, web app and companion.
//
// Messages are JSON envelopes over any message-oriented Conn: a runtime port, native messaging, a WebSocket. Both sides
// say hello first with a range of versions; requests get one reply; streams are chunks under the request's id with
// credit-based back-pressure; a frame over the connection's limit is cut into parts. Imports shared/fault and the
// standard library; never a transport.
package protocol

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
)

// Versions this build speaks, inclusive. A partner whose range does not overlap gets a reply that says so.
const (
	MinVersion = 1
	MaxVersion = 1
)

// Kind is what an envelope is.
type Kind string

// The kinds of envelope. A request is answered by zero or more chunks (a stream) and exactly one reply under the same id.
// An event needs no answer. A cancel names the request to stop; its reply then carries fault.Canceled.
const (
	KindRequest Kind = "request"
	KindReply   Kind = "reply"
	KindEvent   Kind = "event"
	KindChunk   Kind = "chunk"
	KindCancel  Kind = "cancel"
)

// Methods of the protocol itself; all others belong to handlers.
const (
	MethodHello  = "hello"         // request, first, both ways; body and reply are Hello
	MethodCredit = "stream.credit" // event from a stream's reader: Credit more chunks may be sent
	MethodPart   = "frame.part"    // chunk whose body is a Part of one larger frame
)

// InitialCredit is how many chunks of a stream may be in flight before the reader grants more.
const InitialCredit = 32

// Envelope is one message. V is the protocol version; ID ties answers to requests and is chosen by the requester.
type Envelope struct {
	V      int             `json:"v"`
	ID     string          `json:"id,omitempty"`
	Kind   Kind            `json:"kind"`
	Method string          `json:"method,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Fault  *fault.Fault    `json:"fault,omitempty"`
}

// Hello introduces a side: who it is, the versions it speaks, what it can do.
type Hello struct {
	Min          int      `json:"min"`
	Max          int      `json:"max"`
	App          string   `json:"app"`      // "kai-view", "kai-runtime", "kai"
	Version      string   `json:"version"`  // of the program, for messages to people
	Instance     string   `json:"instance"` // random per process start
	Capabilities []string `json:"capabilities,omitempty"`
}

// Credit grants the writer of stream ID that many more chunks.
type Credit struct {
	N int `json:"n"`
}

// Part is a piece of a frame that was over the connection's limit. Parts of a frame share the envelope id and arrive in
// order of N from 0; Data is text of the JSON frame, cut at character boundaries.
type Part struct {
	N    int    `json:"n"`
	Last bool   `json:"last,omitempty"`
	Data string `json:"data"`
}

// Conn is one message-oriented connection. Receive returns io.EOF when the other side is gone in good order. Send is
// called by one goroutine at a time. Close is idempotent and unblocks both.
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
