package exchange

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store/lent"
)

// Back-off after an exchange that failed: the next change of either side, or this, whichever is first.
const (
	firstRetry   = time.Second
	longestRetry = 2 * time.Minute
)

// Connection is what the hub needs of a way to a browser; *protocol.Peer is one.
type Connection interface {
	lent.Caller
	Partner(ctx context.Context) (protocol.Hello, error)
}

// partner is one connected browser.
type partner struct {
	hub   *Hub
	conn  Connection
	hello protocol.Hello
	there *replica.Replica
	wrote <-chan struct{} // rings when the browser has something new

	mu   sync.Mutex // guards all below
	id   string     // of the browser's replica, once it is known
	at   replica.Progress
	busy bool
	err  error // why the last exchange failed
}

// Serve exchanges with one browser until ctx or the connection ends. wrote rings when the browser has something new.
func (h *Hub) Serve(ctx context.Context, conn Connection, wrote <-chan struct{}) {
	hello, err := conn.Partner(ctx)
	if err != nil || !slices.Contains(hello.Capabilities, lent.Capability) {
		return // it has left, or has nothing to lend
	}
	p := &partner{hub: h, conn: conn, hello: hello, wrote: wrote}
	p.there = h.replicaOf(lent.Borrow(conn), record.NewClock(hello.Instance, h.opt.Now))
	defer h.leave(p)
	for retry := firstRetry; ctx.Err() == nil; {
		news := h.news() // before the exchange: what is written during it is not missed
		err := p.exchange(ctx)
		again := time.Duration(0)
		if err != nil && fault.CodeOf(err) != fault.Forbidden { // else only a person changes something
			again, retry = retry, min(2*retry, longestRetry)
		} else {
			retry = firstRetry
		}
		if err != nil && ctx.Err() == nil {
			h.opt.Log.Info("an exchange with a browser did not end", "device", p.device(), "error", err)
		}
		p.wait(ctx, news, again)
	}
}

// wait returns when there is something to exchange, or, after a failure, when it may be tried again (0: not by itself).
func (p *partner) wait(ctx context.Context, news <-chan struct{}, again time.Duration) {
	var late <-chan time.Time
	if again > 0 {
		timer := time.NewTimer(again)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-news:
	case <-p.wrote:
	case <-late:
	case <-ctx.Done():
	}
}

// exchange brings both sides to agreement once.
func (p *partner) exchange(ctx context.Context) error {
	err := p.tryExchange(ctx)
	p.mu.Lock()
	p.busy, p.err = false, err
	p.mu.Unlock()
	return err
}

func (p *partner) tryExchange(ctx context.Context) error {
	id, err := p.there.ID(ctx)
	if err != nil {
		return err
	}
	if err := p.hub.join(ctx, p, id); err != nil {
		return err
	}
	if _, err := p.there.Sync(ctx, replica.NewServer(p.hub.own), p.progress); err != nil {
		return err
	}
	return p.hub.met(ctx, id)
}

func (p *partner) progress(at replica.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.busy = at, true
}

func (p *partner) device() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.id
}

// join makes a connected browser one of the devices. One that was removed is refused with fault.Forbidden.
func (h *Hub) join(ctx context.Context, p *partner, id string) error {
	h.mu.Lock()
	p.mu.Lock()
	delete(h.here, p.id) // it took a new one, when it turned out to be a copy
	p.id = id
	h.here[id] = p
	p.mu.Unlock()
	h.mu.Unlock()
	known, err := h.admit(ctx, id, p.hello)
	if err == nil && known.Removed {
		err = fault.New(fault.Forbidden, "%s was removed from the devices", known.Name).WithRemedy("allow it again in the settings of another one")
	}
	return err
}

// leave takes a browser away that is not connected any more; a newer connection of the same stays.
func (h *Hub) leave(p *partner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id := p.device(); h.here[id] == p {
		delete(h.here, id)
	}
}
