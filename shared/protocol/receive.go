package protocol

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"

	"github.com/kindos/kai/shared/fault"
)

// accept takes one frame from the connection. An error ends the connection; everything else is answered and survived.
// It runs in the reading goroutine and must never wait for the other side.
func (p *Peer) accept(ctx context.Context, frame []byte) error {
	if len(frame) > p.opt.MaxMessage {
		return p.hopeless(fault.New(fault.Malformed, "a frame of %d bytes is over the limit of %d", len(frame), p.opt.MaxMessage))
	}
	e, err := parse(frame)
	if err != nil {
		return p.bad(e, err)
	}
	if e.Kind != KindChunk || e.Method != MethodPart {
		return p.dispatch(ctx, e)
	}
	whole, err := p.join(e)
	if err != nil || whole == nil {
		return p.badPart(e, err)
	}
	if e, err = parse(whole); err != nil {
		return p.bad(e, err)
	}
	return p.dispatch(ctx, e)
}

func (p *Peer) join(e Envelope) ([]byte, error) {
	var part Part
	if err := json.Unmarshal(e.Body, &part); err != nil {
		return nil, fault.New(fault.Malformed, "a part of a frame cannot be read: %w", err)
	}
	return p.parts.add(e.ID, part)
}

func (p *Peer) badPart(e Envelope, err error) error {
	if fault.CodeOf(err) == fault.Exhausted {
		return p.hopeless(err)
	}
	if err != nil {
		return p.bad(e, err)
	}
	return nil
}

func (p *Peer) dispatch(ctx context.Context, e Envelope) error {
	if e.Method != MethodHello && e.Kind != KindReply && (e.V < p.opt.Hello.Min || e.V > p.opt.Hello.Max) {
		return p.bad(e, fault.New(fault.Malformed, "version %d was not agreed on", e.V))
	}
	switch e.Kind {
	case KindRequest:
		return p.request(ctx, e)
	case KindReply:
		return p.reply(e)
	case KindChunk:
		return p.chunk(e)
	case KindCancel:
		s := p.served(e.ID)
		if s == nil {
			return p.stray()
		}
		s.cancel()
	case KindEvent:
		return p.event(e)
	}
	return nil
}

func (p *Peer) served(id string) *serving {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.serving[id]
}

func (p *Peer) called(id string) *call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[id]
}

// reply hands a reply to its call. One for a call that was cancelled meanwhile is late, not wrong.
func (p *Peer) reply(e Envelope) error {
	if e.ID == helloID {
		return p.helloAnswered(e)
	}
	if e.ID == "" {
		p.opt.Log.Warn("the other side could not read a frame of ours", "fault", e.Fault)
		return nil
	}
	p.mu.Lock()
	c := p.calls[e.ID]
	delete(p.calls, e.ID)
	p.mu.Unlock()
	if c == nil {
		return p.stray()
	}
	p.strays = 0
	it := item{body: e.Body, last: true}
	if e.Fault != nil {
		it.fault = known(e.Fault)
	}
	c.items <- it
	return nil
}

// chunk hands a chunk to its call. One without credit breaks that stream only: there is no room to keep it.
func (p *Peer) chunk(e Envelope) error {
	if e.Method == MethodPart {
		return p.bad(e, fault.New(fault.Malformed, "parts of a frame do not nest"))
	}
	c := p.called(e.ID)
	if c == nil {
		return p.stray()
	}
	p.strays = 0
	if c.left.Add(-1) >= 0 {
		c.items <- item{body: e.Body}
		return nil
	}
	p.forget(c.id)
	c.items <- item{last: true, fault: fault.New(fault.Malformed, "the other side sent more of a stream than was asked for")}
	return p.urgent(Envelope{ID: c.id, Kind: KindCancel})
}

func (p *Peer) event(e Envelope) error {
	if e.Method == MethodCredit {
		return p.credited(e)
	}
	if p.opt.Event == nil {
		return p.stray()
	}
	select {
	case p.events <- e:
	default:
		p.opt.Log.Warn("an event was dropped: too many are waiting", "method", e.Method)
	}
	return nil
}

func (p *Peer) credited(e Envelope) error {
	var c Credit
	if err := json.Unmarshal(e.Body, &c); err != nil || c.N <= 0 || c.N > maxCredit {
		return p.bad(e, fault.New(fault.Malformed, "a grant of credit cannot be read"))
	}
	s := p.served(e.ID)
	if s == nil {
		return p.stray()
	}
	s.grant(c.N)
	return nil
}

func (p *Peer) startEvents(ctx context.Context) {
	if p.opt.Event == nil {
		return
	}
	p.working.Go(func() {
		for {
			select {
			case e := <-p.events:
				p.hand(ctx, e)
			case <-ctx.Done():
				return
			}
		}
	})
}

func (p *Peer) hand(ctx context.Context, e Envelope) {
	defer func() {
		if v := recover(); v != nil {
			p.opt.Log.Error("an event's handler panicked", "method", e.Method, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	p.opt.Event(ctx, e.Method, e.Body)
}

// bad answers a frame that cannot be used, and gives up after too many of them.
func (p *Peer) bad(e Envelope, err error) error {
	p.malformed++
	p.opt.Log.Warn("a frame was refused", "err", err, "kind", e.Kind, "method", e.Method)
	if p.malformed > p.opt.MaxMalformed {
		return p.hopeless(fault.Wrap(fault.Malformed, err, "the other side keeps sending what is not this protocol").
			WithRemedy("update the older of the browser extension and the kai program"))
	}
	if e.Kind == KindReply {
		return nil // never answer an answer
	}
	return p.refuse(refusable(e), fault.Public(err))
}

// refusable is the id under which a bad frame's refusal goes: its own when it was a request with a usable one.
func refusable(e Envelope) string {
	if e.Kind == KindRequest && len(e.ID) <= maxIDLength {
		return e.ID
	}
	return ""
}

// hopeless tells the other side why the connection ends.
func (p *Peer) hopeless(err error) error {
	_ = p.refuse("", fault.Public(err))
	return err
}

func (p *Peer) refuse(id string, f *fault.Fault) error {
	return p.urgent(Envelope{ID: id, Kind: KindReply, Fault: f})
}

func (p *Peer) urgent(e Envelope) error {
	frame, err := p.encode(e, nil)
	if err != nil {
		return err
	}
	if !p.out.putUrgent(letter{address{answer: e.Kind == KindReply, id: e.ID}, frame}) {
		return fault.New(fault.Exhausted, "the other side floods and does not read")
	}
	return nil
}
