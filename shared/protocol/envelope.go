// Package protocol is the one language between view and runtime, runtime and companion, web app and companion.
//
// Messages are JSON envelopes over any message-oriented Conn: a runtime port, native messaging, a WebSocket. Both sides
// say hello first with a range of versions; requests get one reply; streams are chunks under the request's id with
// credit-based back-pressure; a frame over the connection's limit is cut into parts. Imports shared/fault and the
// standard library; never a transport.
package protocol

import (
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
	Trace  string          `json:"trace,omitempty"` // of a request: see Traced
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

// Credit grants the writer of the stream under the envelope's id that many more chunks.
type Credit struct {
	N int `json:"n"`
}

// Part is a piece of a frame that was over the connection's limit. Parts of a frame share an envelope id of their own,
// chosen fresh by the sender (not the id of the request inside), and arrive in order of N from 0; other frames may come
// between them. Data is text of the JSON frame, cut at character boundaries. Parts do not nest.
type Part struct {
	N    int    `json:"n"`
	Last bool   `json:"last,omitempty"`
	Data string `json:"data"`
}
