package protocol

import (
	"context"
	"encoding/json"
	"strconv"
	"sync/atomic"

	"github.com/kindos/kai/shared/fault"
)

// call is a request of ours on its way. items has room for every chunk that we gave credit for and the reply, so the
// reading goroutine never waits for a slow reader.
type call struct {
	id    string
	items chan item
	left  atomic.Int32 // chunks that the other side may still send
	taken int          // chunks consumed since the last grant; the caller's goroutine only
}

type item struct {
	body  json.RawMessage
	fault *fault.Fault
	last  bool
}

// Call sends a request and decodes the reply into out (nil: ignored). When ctx ends the request is cancelled there too.
func (p *Peer) Call(ctx context.Context, method string, in, out any) error {
	return p.Stream(ctx, method, in, nil, out)
}

// Stream sends a request and hands each chunk to each; it returns when the reply came (decoded into out) or each failed.
// While each is busy the other side sends at most InitialCredit chunks more.
func (p *Peer) Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error {
	if _, err := p.Partner(ctx); err != nil {
		return err
	}
	c, err := p.open()
	if err != nil {
		return err
	}
	defer p.forget(c.id)
	if err := p.send(ctx, Envelope{ID: c.id, Kind: KindRequest, Method: method, Trace: TraceOf(ctx)}, in); err != nil {
		return err
	}
	reply, err := p.follow(ctx, c, method, each)
	if err != nil {
		return err
	}
	return decodeReply(method, reply, out)
}

// Notify sends an event.
func (p *Peer) Notify(ctx context.Context, method string, body any) error {
	if _, err := p.Partner(ctx); err != nil {
		return err
	}
	return p.send(ctx, Envelope{Kind: KindEvent, Method: method}, body)
}

func (p *Peer) open() (*call, error) {
	c := &call{id: strconv.FormatUint(p.lastID.Add(1), 36), items: make(chan item, InitialCredit+1)}
	c.left.Store(InitialCredit)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return nil, gone()
	}
	p.calls[c.id] = c
	return c, nil
}

func (p *Peer) forget(id string) {
	p.mu.Lock()
	delete(p.calls, id)
	p.mu.Unlock()
}

// send encodes and queues one of our own letters.
func (p *Peer) send(ctx context.Context, e Envelope, body any) error {
	frame, err := p.encode(e, body)
	if err != nil {
		return err
	}
	return p.out.put(ctx, p.done, letter{address{id: e.ID}, frame})
}

func (p *Peer) encode(e Envelope, body any) ([]byte, error) {
	e.V = int(p.version.Load())
	frame, err := encode(e, body)
	if err == nil && len(frame) > p.opt.MaxMessage {
		return nil, fault.New(fault.Exhausted, "a message of %d bytes is over the limit of %d", len(frame), p.opt.MaxMessage)
	}
	return frame, err
}

// follow hands over chunks until the reply, the end of ctx or of the connection.
func (p *Peer) follow(ctx context.Context, c *call, method string, each func(json.RawMessage) error) (json.RawMessage, error) {
	for {
		it, err := p.next(ctx, c, method)
		switch {
		case err != nil:
			return nil, err
		case it.fault != nil:
			return nil, it.fault
		case it.last:
			return it.body, nil
		}
		if each != nil {
			if err := each(it.body); err != nil {
				p.cancel(c)
				return nil, err
			}
		}
		if err := p.grant(ctx, c); err != nil {
			return nil, err
		}
	}
}

// next waits for the call's next item. What had arrived before the connection ended is still handed over.
func (p *Peer) next(ctx context.Context, c *call, method string) (item, error) {
	select {
	case it := <-c.items:
		return it, nil
	case <-ctx.Done():
		p.cancel(c)
		return item{}, stopped(ctx, method)
	case <-p.done:
	}
	select {
	case it := <-c.items:
		return it, nil
	default:
		return item{}, gone()
	}
}

// grant counts a consumed chunk and lets the other side send more, in batches of half the window.
func (p *Peer) grant(ctx context.Context, c *call) error {
	c.taken++
	if c.taken < InitialCredit/2 {
		return nil
	}
	n := c.taken
	c.taken = 0
	c.left.Add(int32(n)) //nolint:gosec // at most the window
	err := p.send(ctx, Envelope{ID: c.id, Kind: KindEvent, Method: MethodCredit}, Credit{N: n})
	if fault.CodeOf(err) == fault.Unavailable {
		return nil // next tells, after what had arrived
	}
	if err != nil {
		p.cancel(c)
	}
	return err
}

// cancel tells the other side to stop a call that nobody waits for any more. It must not wait itself, and must not
// overtake the request; when the queue is full a goroutine that ends with the connection carries it.
func (p *Peer) cancel(c *call) {
	p.forget(c.id)
	frame, err := p.encode(Envelope{ID: c.id, Kind: KindCancel}, nil)
	if err != nil {
		return
	}
	l := letter{address{id: c.id}, frame}
	select {
	case p.out.queue <- l:
	case <-p.done:
	default:
		go func() { _ = p.out.put(context.Background(), p.done, l) }()
	}
}

func decodeReply(method string, body json.RawMessage, out any) error {
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fault.New(fault.Malformed, "the answer of %s does not fit: %w", method, err)
	}
	return nil
}

// known maps a code that this build does not have to Internal, as package fault promises.
func known(f *fault.Fault) *fault.Fault {
	switch f.Code {
	case fault.Invalid, fault.NotFound, fault.Conflict, fault.Unauthorized, fault.Locked, fault.Forbidden, fault.Unavailable,
		fault.Unsupported, fault.Exhausted, fault.Fenced, fault.Canceled, fault.Timeout, fault.Malformed, fault.Internal:
		return f
	}
	out := *f
	out.Code = fault.Internal
	return &out
}
