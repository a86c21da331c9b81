package protocol

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// maxCredit caps what a reader can grant, so that lies cannot overflow the count.
const maxCredit = 1 << 20

// serving is a request of the other side being answered.
type serving struct {
	id   string
	ctx  context.Context //nolint:containedctx // the life of this request, watched by Emit beside the caller's own
	stop context.CancelFunc

	mu       sync.Mutex
	credit   int
	closed   bool          // the reply is on its way: no more chunks
	canceled bool          // by the other side
	wake     chan struct{} // rings when credit came
}

// request admits a request of the other side and answers it in a goroutine of its own.
func (p *Peer) request(ctx context.Context, e Envelope) error {
	if e.Method == MethodHello {
		return p.greeted(e)
	}
	if !isClosed(p.shake.ready) {
		return p.bad(e, fault.New(fault.Malformed, "%s came before hello", e.Method))
	}
	if e.Method == MethodAlive {
		return p.refuse(e.ID, nil)
	}
	if p.opt.Handler == nil {
		if err := p.stray(); err != nil {
			return err
		}
	}
	s, refused := p.admit(Traced(ctx, e.Trace), e.ID)
	if refused != nil {
		return p.refuse(e.ID, refused)
	}
	p.working.Go(func() { p.serve(s, e) })
	return nil
}

func (p *Peer) admit(ctx context.Context, id string) (*serving, *fault.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.serving[id] != nil:
		return nil, fault.New(fault.Conflict, "a request with the id %q is still being answered", id)
	case len(p.serving) >= p.opt.MaxRequests:
		return nil, fault.New(fault.Exhausted, "%d requests are being answered; that is the limit", p.opt.MaxRequests)
	}
	s := &serving{id: id, credit: InitialCredit, wake: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(ctx)
	p.serving[id] = s
	return s, nil
}

func (p *Peer) serve(s *serving, e Envelope) {
	defer s.stop()
	out, err := p.handle(s, e)
	p.release(s)
	reply := Envelope{ID: s.id, Kind: KindReply}
	if err != nil {
		reply.Fault, out = p.public(s, e.Method, err), nil
	}
	frame, err := p.encode(reply, out)
	if err != nil {
		reply.Fault = p.public(s, e.Method, err)
		if frame, err = p.encode(reply, nil); err != nil {
			return
		}
	}
	_ = p.out.put(context.Background(), p.done, letter{address{answer: true, id: s.id}, frame})
}

// handle calls the handler; a panic becomes an error, with its stack in the log.
func (p *Peer) handle(s *serving, e Envelope) (out any, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.opt.Log.Error("a handler panicked", "method", e.Method, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			out, err = nil, fault.New(fault.Internal, "%s failed inside kAI; the log has the details", e.Method)
		}
	}()
	if p.opt.Handler == nil {
		return nil, unknownMethod(e.Method)
	}
	r := &Request{Method: e.Method, Body: e.Body, Peer: p}
	r.emit = func(ctx context.Context, v any) error { return p.emit(ctx, s, v) }
	return p.opt.Handler.Serve(s.ctx, r)
}

// release frees the id before the reply leaves: the other side may use it again as soon as it has the reply.
func (p *Peer) release(s *serving) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	p.mu.Lock()
	delete(p.serving, s.id)
	p.mu.Unlock()
}

func (p *Peer) public(s *serving, method string, err error) *fault.Fault {
	s.mu.Lock()
	canceled := s.canceled
	s.mu.Unlock()
	if canceled {
		return fault.New(fault.Canceled, "%s was stopped", method)
	}
	if fault.CodeOf(err) == fault.Internal {
		p.opt.Log.Error("a request failed", "method", method, "err", err)
	}
	return fault.Public(err)
}

// emit sends one chunk when there is credit for it.
func (p *Peer) emit(ctx context.Context, s *serving, v any) error {
	frame, err := p.encode(Envelope{ID: s.id, Kind: KindChunk}, v)
	if err != nil {
		return err
	}
	if err := p.spend(ctx, s); err != nil {
		return err
	}
	return p.out.put(ctx, p.done, letter{address{answer: true, id: s.id}, frame})
}

func (p *Peer) spend(ctx context.Context, s *serving) error {
	for {
		ok, err := s.take()
		if ok || err != nil {
			return err
		}
		select {
		case <-s.wake:
		case <-s.ctx.Done():
			return stopped(s.ctx, "the stream")
		case <-ctx.Done():
			return stopped(ctx, "the stream")
		case <-p.done:
			return gone()
		}
	}
}

// take spends one credit; another waiting emitter is woken when more is left.
func (s *serving) take() (bool, error) {
	if s.ctx.Err() != nil {
		return false, stopped(s.ctx, "the stream")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, fault.New(fault.Internal, "a chunk was sent after the reply")
	}
	if s.credit == 0 {
		return false, nil
	}
	s.credit--
	if s.credit > 0 {
		s.ring()
	}
	return true, nil
}

func (s *serving) grant(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.credit = min(s.credit+n, maxCredit)
	s.ring()
}

func (s *serving) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *serving) cancel() {
	s.mu.Lock()
	s.canceled = true
	s.mu.Unlock()
	s.stop()
}
