package peers

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"sync"
	"time"

	"github.com/kindos/kai/companion/delta"
	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/redial"
	"github.com/kindos/kai/companion/sealed"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/replica"
)

const (
	greetWithin = 10 * time.Second // how long two kai may take to prove who they are
	frameLimit  = 256 << 10        // of one frame before it is signed
	maxLinks    = 4                // connections of one kai that dialed us: one that is cut may not be noticed yet
)

// Options are what Peers stand on.
type Options struct {
	Book  Book
	Key   func() (ed25519.PrivateKey, error) // asked for each connection; fault.Locked while it cannot be had
	Vault config.Vault                       // where keys for encryption are; asked for each connection
	Hub   *exchange.Hub
	Hello protocol.Hello
	Now   func() time.Time
	Log   *slog.Logger
}

// Peers keeps a connection to every kai that the book has dialed, and answers those that it lets in. Its methods are safe
// for concurrent use.
type Peers struct {
	opt Options

	mu    sync.Mutex      // guards all below
	life  context.Context //nolint:containedctx // the life of connections that outlive their request
	end   context.CancelFunc
	dials map[klp.ID]*dial
	came  map[*guest]bool
	going sync.WaitGroup
}

// guest is a kai that dialed us.
type guest struct {
	id  klp.ID
	cut context.CancelFunc
}

// New prepares Peers; Start begins.
func New(opt Options) *Peers {
	return &Peers{opt: opt, dials: map[klp.ID]*dial{}, came: map[*guest]bool{}}
}

// Start begins to dial, until Close.
func (p *Peers) Start(ctx context.Context) error {
	p.mu.Lock()
	p.life, p.end = context.WithCancel(context.WithoutCancel(ctx))
	p.mu.Unlock()
	return p.Reload()
}

// Close ends every connection that was dialed; those that came in end with the server. It may be called without a Start.
func (p *Peers) Close() {
	p.mu.Lock()
	if p.end != nil {
		p.end()
	}
	p.mu.Unlock()
	p.going.Wait()
}

// Reload does what the book says now: whoever is not in it any more is cut, and those that are away are tried at once.
func (p *Peers) Reload() error {
	all, err := p.opt.Book.List()
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == nil || p.life.Err() != nil {
		return nil
	}
	dialed, allowed := map[klp.ID]Entry{}, map[klp.ID]bool{}
	for _, e := range all {
		allowed[e.ID] = e.Allowed
		if e.URL != "" {
			dialed[e.ID] = e
		}
	}
	for guest := range p.came {
		if !allowed[guest.id] {
			guest.cut()
		}
	}
	p.redial(dialed)
	return nil
}

// redial begins, ends and hastens what is dialed. Needs mu.
func (p *Peers) redial(wanted map[klp.ID]Entry) {
	for id, d := range p.dials {
		if wanted[id] != d.entry {
			d.cut()
			delete(p.dials, id)
			continue
		}
		d.tries.Hurry()
	}
	for id, e := range wanted {
		if p.dials[id] != nil {
			continue
		}
		ctx, cut := context.WithCancel(p.life)
		d := &dial{peers: p, entry: e, cut: cut, tries: redial.New()}
		p.dials[id] = d
		p.going.Go(func() { d.run(ctx) })
	}
}

// Allowed says whether anybody may dial us.
func (p *Peers) Allowed() bool {
	all, err := p.opt.Book.List()
	for _, e := range all {
		if e.Allowed {
			return true
		}
	}
	if err != nil {
		p.opt.Log.Warn("nobody may dial this kai", "error", err)
	}
	return false
}

// find is the entry of a kai that may dial us; fault.Forbidden.
func (p *Peers) find(id klp.ID) (Entry, error) {
	all, err := p.opt.Book.List()
	if err != nil {
		return Entry{}, err
	}
	for _, e := range all {
		if e.ID == id && e.Allowed {
			return e, nil
		}
	}
	return Entry{}, fault.New(fault.Forbidden, "%s may not exchange here", id.Short()).WithRemedy("run kai sync allow %s there", id)
}

// Serve answers a kai that dialed us until ctx or the connection ends. It calls known once that one has proven who it is.
func (p *Peers) Serve(ctx context.Context, conn protocol.Conn, known func()) {
	if err := p.serve(ctx, conn, known); err != nil && ctx.Err() == nil {
		p.opt.Log.Info("the connection of another kai ended", "error", err)
	}
	_ = conn.Close() // it may be closed already
}

func (p *Peers) serve(ctx context.Context, conn protocol.Conn, known func()) error {
	key, err := p.opt.Key()
	if err != nil {
		return err
	}
	greet, done := context.WithTimeout(ctx, greetWithin)
	signed, err := delta.Accept(greet, conn, func(id klp.ID) error { _, err := p.find(id); return err }, delta.Options{Key: key, Now: p.opt.Now})
	done()
	if err != nil {
		return err
	}
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	g := &guest{signed.Partner(), cut}
	if err := p.welcome(g); err != nil {
		return err
	}
	defer func() { p.mu.Lock(); delete(p.came, g); p.mu.Unlock() }()
	known()
	entry, err := p.find(g.id) // again, now that Reload would cut it
	if err != nil {
		return err
	}
	return p.answer(ctx, signed, entry, cut)
}

// welcome counts a guest in, unless it has too many connections.
func (p *Peers) welcome(g *guest) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	same := 0
	for other := range p.came {
		if other.id == g.id {
			same++
		}
	}
	if same >= maxLinks {
		return fault.New(fault.Exhausted, "another kai connects again and again")
	}
	p.came[g] = true
	return nil
}

func (p *Peers) answer(ctx context.Context, conn protocol.Conn, entry Entry, cut context.CancelFunc) error {
	side := p.opt.Hub.Answer(exchange.Kai{ID: string(entry.ID), Name: entry.Name}, cut)
	peer := protocol.NewPeer(conn, protocol.Options{Hello: p.opt.Hello, Handler: side.Methods(), MaxFrame: frameLimit})
	return exchange.Beside(ctx, peer, func(ctx context.Context) { side.Serve(ctx, peer) })
}

// drive exchanges over a connection that we dialed until it or ctx ends.
func (p *Peers) drive(ctx context.Context, conn protocol.Conn, entry Entry, box *sealed.Box) error {
	wrote := make(chan struct{}, 1)
	peer := protocol.NewPeer(conn, protocol.Options{Hello: p.opt.Hello, MaxFrame: frameLimit, Event: exchange.Rings(wrote)})
	who := exchange.Kai{ID: string(entry.ID), Name: entry.Name}
	if box != nil {
		who.Through = func(next replica.Exchange) replica.Exchange { return box.Through(next) }
	}
	return exchange.Beside(ctx, peer, func(ctx context.Context) { p.opt.Hub.Dial(ctx, peer, who, wrote) })
}

// box is what seals all that a kai is sent; nil for one that may read it. Its key is held while the connection lasts.
func (p *Peers) box(ctx context.Context, entry Entry) (*sealed.Box, error) {
	if entry.Key == "" {
		return nil, nil //nolint:nilnil // nothing is sealed
	}
	key, err := config.Dereference(ctx, config.Secret(entry.Key), p.opt.Vault)
	if err != nil {
		return nil, err
	}
	return sealed.New(key.Reveal())
}
