package exchange

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kindos/kai/companion/pictures"
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

// Connection is what the hub needs of a way to a device; *protocol.Peer is one.
type Connection interface {
	replica.Caller
	Partner(ctx context.Context) (protocol.Hello, error)
}

// far is the other side of an exchange that we drive.
type far interface {
	ID(ctx context.Context) (string, error) // of its replica
	// Sync brings both sides to agreement. wrote is false where the far side has written nothing since the last time.
	Sync(ctx context.Context, wrote bool, progress func(replica.Progress)) error
}

// lender is a browser: both of its sides are ours.
type lender struct {
	*replica.Replica
	own replica.Exchange
}

// Sync asks a browser that wrote nothing for nothing: a way there and back less.
func (l lender) Sync(ctx context.Context, wrote bool, progress func(replica.Progress)) error {
	exchange := l.Take
	if wrote {
		exchange = l.Replica.Sync
	}
	_, err := exchange(ctx, l.own, progress)
	return err
}

// partner is one connected device.
type partner struct {
	hub   *Hub
	conn  Connection      // nil for one that drives the exchange itself
	as    device          // what it is called until a person names it
	far   far             // nil for one that drives the exchange itself
	wrote <-chan struct{} // rings when it has something new
	cut   func()          // ends its connection; nil where removing it needs no such thing

	mu   sync.Mutex // guards all below
	id   string     // of the browser's replica, once it is known
	at   replica.Progress
	busy bool
	met  time.Time // when both last had everything
	kept time.Time // when that was last stored
	err  error     // why the last exchange failed
	end  func()    // ends the exchange that goes on, and waits for that; nil when none does
}

// Serve exchanges with one browser until ctx or the connection ends. wrote rings when the browser has something new.
func (h *Hub) Serve(ctx context.Context, conn Connection, wrote <-chan struct{}) {
	hello, err := conn.Partner(ctx)
	if err != nil || !slices.Contains(hello.Capabilities, lent.Capability) {
		return // it has left, or has nothing to lend
	}
	there := h.replicaOf(lent.Borrow(conn), record.NewClock(hello.Instance, h.opt.Now), passed)
	var own replica.Exchange = replica.NewServer(h.own)
	if h.opt.Pictures.Store != nil {
		own = pictures.Take(own, h.opt.Pictures, conn, h.opt.Log)
	}
	p := &partner{hub: h, conn: conn, as: device{Name: browserName(hello)}, far: lender{there, own}, wrote: wrote}
	defer h.leave(p)
	p.run(ctx)
}

// run exchanges whenever there is something new on either side.
func (p *partner) run(ctx context.Context) {
	wrote := true
	for retry := firstRetry; ctx.Err() == nil; {
		news, asked := p.hub.news(), p.hub.asked.Load() // before the exchange: what is written during it is not missed
		err := p.exchange(ctx, wrote)
		again := time.Duration(0)
		if err != nil && fault.CodeOf(err) != fault.Forbidden { // else only a person changes something
			again, retry = retry, min(2*retry, longestRetry)
		} else {
			retry = firstRetry
		}
		if err != nil && ctx.Err() == nil {
			p.hub.opt.Log.Info("an exchange with a device did not end", "device", p.device(), "error", err)
		}
		rang := p.wait(ctx, news, again)
		wrote = rang || err != nil || p.hub.asked.Load() != asked
	}
}

// wait returns when there is something to exchange, or, after a failure, when it may be tried again (0: not by itself). It
// says whether the far side rang.
func (p *partner) wait(ctx context.Context, news <-chan struct{}, again time.Duration) (rang bool) {
	var late <-chan time.Time
	if again > 0 {
		timer := time.NewTimer(again)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-news:
	case <-p.wrote:
		return true
	case <-late:
	case <-ctx.Done():
	}
	select {
	case <-p.wrote: // both at once
		return true
	default:
		return false
	}
}

// exchange brings both sides to agreement once.
func (p *partner) exchange(ctx context.Context, wrote bool) error {
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	p.mu.Lock()
	p.end = func() { cancel(); <-over }
	p.mu.Unlock()
	err := p.tryExchange(ctx, wrote)
	cancel()
	close(over)
	p.mu.Lock()
	p.busy, p.err, p.end = false, err, nil
	p.mu.Unlock()
	return err
}

// interrupt ends the exchange that goes on: once it returns nothing more of it is sent.
func (p *partner) interrupt() {
	p.mu.Lock()
	end := p.end
	p.mu.Unlock()
	if end != nil {
		end()
	}
}

func (p *partner) tryExchange(ctx context.Context, wrote bool) error {
	id, err := p.far.ID(ctx)
	if err != nil {
		return err
	}
	if err := p.hub.join(ctx, p, id); err != nil {
		return err
	}
	if err := p.far.Sync(ctx, wrote, p.progress); err != nil {
		return err
	}
	return p.hub.met(ctx, p)
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

// join makes a connected device one of the known. One that was removed is refused with fault.Forbidden.
func (h *Hub) join(ctx context.Context, p *partner, id string) error {
	h.mu.Lock()
	p.mu.Lock()
	delete(h.here, p.id) // it took a new one, when it turned out to be a copy
	p.id = id
	h.here[id] = p
	p.mu.Unlock()
	h.mu.Unlock()
	known, err := h.admit(ctx, id, p.as)
	if err == nil && known.Removed {
		err = removed(known)
	}
	return err
}

// leave takes a device away that is not connected any more; a newer connection of the same stays.
func (h *Hub) leave(p *partner) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id := p.device(); h.here[id] == p {
		delete(h.here, id)
	}
}
