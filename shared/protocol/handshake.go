package protocol

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// helloID is the id of our own hello; calls count from 1 in base 36, so it is never one of theirs.
const helloID = "hello"

type handshake struct {
	once    sync.Once
	ready   chan struct{}
	partner Hello
	err     *fault.Fault
}

// Partner waits for the other side's hello. fault.Unsupported when the version ranges do not overlap.
func (p *Peer) Partner(ctx context.Context) (Hello, error) {
	select {
	case <-p.shake.ready:
		return p.partner()
	default:
	}
	select {
	case <-p.shake.ready:
		return p.partner()
	case <-p.done:
		if isClosed(p.shake.ready) {
			return p.partner()
		}
		return Hello{}, gone()
	case <-ctx.Done():
		return Hello{}, stopped(ctx, "waiting for the other side's hello")
	}
}

func (p *Peer) partner() (Hello, error) {
	if p.shake.err != nil {
		return p.shake.partner, p.shake.err
	}
	return p.shake.partner, nil
}

func (p *Peer) sayHello() {
	frame, err := encode(Envelope{V: p.opt.Hello.Min, ID: helloID, Kind: KindRequest, Method: MethodHello}, p.opt.Hello)
	if err == nil {
		p.out.putUrgent(letter{address{id: helloID}, frame})
	}
}

func (p *Peer) helloIsLate() {
	if !isClosed(p.shake.ready) {
		p.abort(fault.New(fault.Timeout, "the other side said no hello within %s", p.opt.HelloWithin).
			WithRemedy("restart the kai program, or the browser"))
	}
}

// greeted answers the other side's hello. The error, when there is one, ends the connection after the answer is out.
func (p *Peer) greeted(e Envelope) error {
	if isClosed(p.shake.ready) {
		if err := p.stray(); err != nil { // a second hello is needless, but harmless
			return err
		}
	}
	p.settle(e.Body, nil)
	reply := Envelope{V: p.opt.Hello.Min, ID: e.ID, Kind: KindReply, Fault: p.shake.err}
	frame, err := encode(reply, p.opt.Hello)
	if err != nil {
		return err
	}
	p.out.putUrgent(letter{address{answer: true, id: e.ID}, frame})
	return p.refusal()
}

// helloAnswered takes the reply to our own hello; a partner that only answers has introduced itself all the same.
func (p *Peer) helloAnswered(e Envelope) error {
	p.settle(e.Body, e.Fault)
	return p.refusal()
}

func (p *Peer) refusal() error {
	if p.shake.err != nil {
		return p.shake.err
	}
	return nil
}

// settle decides once, from whichever hello came first.
func (p *Peer) settle(body json.RawMessage, refused *fault.Fault) {
	p.shake.once.Do(func() {
		h := &p.shake.partner
		if err := json.Unmarshal(body, h); err != nil && refused == nil {
			p.shake.err = fault.New(fault.Malformed, "the other side's hello cannot be read: %w", err)
		} else if refused != nil && h.Max == 0 {
			p.shake.err = known(refused)
		} else {
			p.shake.err = negotiate(p.opt.Hello, *h)
		}
		p.version.Store(int32(min(p.opt.Hello.Max, max(h.Max, p.opt.Hello.Min)))) //nolint:gosec // within ours
		close(p.shake.ready)
	})
}

// negotiate says why two sides cannot talk, in words that both give to their people.
func negotiate(ours, theirs Hello) *fault.Fault {
	if theirs.Min < 1 || theirs.Max < theirs.Min {
		return fault.New(fault.Malformed, "the other side's hello names versions %d to %d", theirs.Min, theirs.Max)
	}
	old, recent := ours, theirs
	switch {
	case theirs.Max < ours.Min:
		old, recent = theirs, ours
	case ours.Max >= theirs.Min:
		return nil
	}
	return fault.New(fault.Unsupported, "%s is older: it speaks protocol %s, and %s needs %s",
		introduce(old), span(old), introduce(recent), span(recent)).
		WithRemedy("update %s", product(old.App))
}

func introduce(h Hello) string {
	if h.Version == "" {
		return product(h.App)
	}
	return product(h.App) + " " + h.Version
}

func span(h Hello) string {
	if h.Min == h.Max {
		return fmt.Sprintf("version %d", h.Min)
	}
	return fmt.Sprintf("versions %d to %d", h.Min, h.Max)
}

func product(app string) string {
	switch app {
	case "kai":
		return "the kai program"
	case "kai-view", "kai-runtime":
		return "the kAI extension"
	case "":
		return "the other side"
	}
	return app
}
