// Package fetch is service.Transport over the browser's fetch. Imports shared/service, shared/fault, wasm/jsval;
// never net/http, which would triple the program.
package fetch

import (
	"context"
	"io"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// highWater is how much may wait unread before the body stops asking the network for more.
const highWater = 1 << 20

// body is a response body that the network pushes and one reader takes. Everything that arrived since the last Read is
// handed over at once, so that a fast server costs few wake-ups.
type body struct {
	ctx   context.Context
	pull  func() // has the network go on; never blocks
	abort func() // stops the exchange; idempotent
	wake  chan struct{}

	mu      sync.Mutex // guards all below
	data    []byte
	err     error // what ends the body once data is used up
	pulling bool
}

func newBody(ctx context.Context, pull, abort func()) *body {
	return &body{ctx: ctx, pull: pull, abort: abort, wake: make(chan struct{}, 1)}
}

// push appends a chunk and says whether the network shall go on by itself: while there is room.
func (b *body) push(chunk []byte) (more bool) {
	b.mu.Lock()
	if b.err == nil {
		b.data = append(b.data, chunk...)
	}
	b.pulling = b.err == nil && len(b.data) < highWater
	more = b.pulling
	b.mu.Unlock()
	b.signal()
	return more
}

// end says that nothing follows; nil means the whole body has arrived.
func (b *body) end(err error) {
	if err == nil {
		err = io.EOF
	}
	b.mu.Lock()
	if b.err == nil {
		b.err = err
	}
	b.mu.Unlock()
	b.signal()
}

// more has the network go on unless it does, enough waits, or the body has ended.
func (b *body) more() {
	b.mu.Lock()
	ask := !b.pulling && b.err == nil && len(b.data) < highWater
	b.pulling = b.pulling || ask
	b.mu.Unlock()
	if ask {
		b.pull()
	}
}

// Read waits for data, the end, or the end of the request's ctx.
func (b *body) Read(p []byte) (int, error) {
	for {
		b.more()
		if n, err := b.take(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		select {
		case <-b.wake:
		case <-b.ctx.Done():
			b.abort()
			err := b.ctx.Err()
			b.end(fault.Wrap(fault.CodeOf(err), err, "the answer was not read to its end"))
		}
	}
}

func (b *body) take(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := copy(p, b.data)
	if b.data = b.data[n:]; len(b.data) == 0 {
		b.data = nil
	}
	if n == 0 && b.data == nil {
		return 0, b.err
	}
	return n, nil
}

// over says that the body has ended and no chunk is asked for.
func (b *body) over() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil && !b.pulling
}

// Close stops the exchange if it is still going.
func (b *body) Close() error {
	b.end(fault.New(fault.Canceled, "the answer was closed"))
	b.abort()
	return nil
}

func (b *body) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
