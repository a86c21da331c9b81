package federation

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/kindos/kai/companion/redial"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// maxLinks is how many connections one peer may have: the one in use, the one that follows it, and as many dialed here.
const maxLinks = 4

// Options are what a Node stands on.
type Options struct {
	Book    Book
	Key     func() (ed25519.PrivateKey, error) // asked for each connection; fault.Locked while it cannot be had
	Name    string                             // of this kai, for people
	Version string
	Answer  func(ctx context.Context, from Peer, task klp.TaskRequest) (text string, err error) // answers a question until ctx ends
	State   func(ctx context.Context) klp.State                                                 // what this kai has
	Dial    func(ctx context.Context, address string) (Line, error)                             // nil for WebSocket
	Now     func() time.Time
	Log     *slog.Logger
}

// Node keeps a connection to every kai in the book that has an address, and answers those that come. Its methods are safe
// for concurrent use.
type Node struct {
	opt   Options
	guard klp.Guard

	mu    sync.Mutex      // guards all below
	life  context.Context //nolint:containedctx // the life of connections that outlive their request
	end   context.CancelFunc
	dials map[klp.ID]*dial
	kin   map[klp.ID]*kin
	asked map[string]*question // by task
	going sync.WaitGroup
}

// kin is what is known of a peer while the node lives.
type kin struct {
	links    []*link // the last one is in use
	manifest klp.Manifest
	state    *klp.State
	pace     *rate.Limiter      // of its questions
	answers  context.CancelFunc // ends the answer in the making; nil for none
}

// New prepares a Node; Start begins.
func New(opt Options) *Node {
	if opt.Dial == nil {
		opt.Dial = WebSocket
	}
	return &Node{opt: opt, dials: map[klp.ID]*dial{}, kin: map[klp.ID]*kin{}, asked: map[string]*question{}}
}

// Start begins to dial and to answer, until Close.
func (n *Node) Start(ctx context.Context) error {
	n.mu.Lock()
	n.life, n.end = context.WithCancel(context.WithoutCancel(ctx))
	n.mu.Unlock()
	n.going.Go(func() { n.tellChanges(n.life) })
	return n.Reload()
}

// Close ends everything. It may be called without a Start.
func (n *Node) Close() {
	n.mu.Lock()
	if n.end != nil {
		n.end()
	}
	n.mu.Unlock()
	n.going.Wait()
}

// spawn begins work that Close waits for, unless the node has ended.
func (n *Node) spawn(work func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.life != nil && n.life.Err() == nil {
		n.going.Go(work)
	}
}

// Reload does what the book says now: whoever is not in it any more is cut, consent that was taken back holds at once, and
// those that are away are tried at once.
func (n *Node) Reload() error {
	all, err := n.opt.Book.List()
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.life == nil || n.life.Err() != nil {
		return nil
	}
	listed := map[klp.ID]Peer{}
	for _, p := range all {
		listed[p.ID] = p
	}
	for id, k := range n.kin {
		p, ok := listed[id]
		if k.answers != nil && !p.Tasks {
			k.answers()
		}
		for _, l := range k.links {
			if !ok {
				l.cut()
				continue
			}
			n.going.Go(func() { n.introduce(n.life, l, p) })
		}
	}
	n.redial(listed)
	return nil
}

// redial begins, ends and hastens what is dialed. Needs mu.
func (n *Node) redial(listed map[klp.ID]Peer) {
	for id, d := range n.dials {
		if listed[id].URL != d.peer.URL {
			d.cut()
			delete(n.dials, id)
			continue
		}
		d.tries.Hurry()
	}
	for id, p := range listed {
		if p.URL == "" || n.dials[id] != nil {
			continue
		}
		ctx, cut := context.WithCancel(n.life)
		d := &dial{node: n, peer: p, cut: cut, tries: redial.New()}
		n.dials[id] = d
		n.going.Go(func() { d.run(ctx) })
	}
}

func (n *Node) party(key ed25519.PrivateKey) klp.Party { return klp.Party{Key: key, Now: n.opt.Now} }

// find is the entry of a kai that may come in; fault.Forbidden.
func (n *Node) find(id klp.ID) (Peer, error) {
	all, err := n.opt.Book.List()
	if err != nil {
		return Peer{}, err
	}
	for _, p := range all {
		if p.ID == id {
			return p, nil
		}
	}
	return Peer{}, fault.New(fault.Forbidden, "%s is not allowed here", id.Short()).WithRemedy("run kai klp allow %s there", id)
}

// Serve answers a kai that connected until ctx or the connection ends. It calls known once that one has proven who it is.
func (n *Node) Serve(ctx context.Context, conn protocol.Conn, known func()) {
	defer func() { _ = conn.Close() }() // it may be closed already
	l, err := n.welcome(ctx, conn)
	if err == nil {
		var life context.Context
		if life, err = n.join(ctx, l); err == nil {
			known()
			n.hold(life, l)
			return
		}
	}
	if ctx.Err() == nil {
		n.opt.Log.Info("another kai was not let in", "error", err)
	}
}

func (n *Node) welcome(ctx context.Context, conn protocol.Conn) (*link, error) {
	key, err := n.opt.Key()
	if err != nil {
		return nil, err
	}
	h, err := klp.Await(n.party(key), klp.Host{Guard: &n.guard, Allowed: func(id klp.ID) ([]string, error) {
		p, err := n.find(id)
		return p.may(), err
	}})
	if err != nil {
		return nil, err
	}
	session, err := shake(ctx, conn, h, nil)
	if err != nil {
		return nil, err
	}
	return newLink(conn, session, true), nil
}

// join counts a connection in, and answers its life: until its session ends, the node, or ctx.
func (n *Node) join(ctx context.Context, l *link) (context.Context, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.life == nil || n.life.Err() != nil {
		return nil, fault.New(fault.Unavailable, "this kai is stopping")
	}
	k := n.kin[l.session.Peer]
	if k == nil {
		k = &kin{pace: rate.NewLimiter(askEvery, askAtOnce)}
		n.kin[l.session.Peer] = k
	}
	if len(k.links) >= maxLinks {
		return nil, fault.New(fault.Exhausted, "another kai connects again and again")
	}
	k.links = append(k.links, l)
	life, cut := context.WithTimeout(ctx, l.session.Expires.Sub(n.opt.Now()))
	stop := context.AfterFunc(n.life, cut)
	l.cut = func() { stop(); cut() }
	return life, nil
}

// leave counts it out. With the last one of a peer, what it waits for and what we wait for ends.
func (n *Node) leave(l *link) {
	l.cut()
	_ = l.conn.Close() // it may be closed already
	n.mu.Lock()
	defer n.mu.Unlock()
	close(l.done)
	k := n.kin[l.session.Peer]
	for i, other := range k.links {
		if other == l {
			k.links = append(k.links[:i:i], k.links[i+1:]...)
			break
		}
	}
	if len(k.links) > 0 {
		return
	}
	if k.answers != nil {
		k.answers()
	}
	n.giveUp(l.session.Peer)
}

// hold speaks over a connection until life or the connection ends.
func (n *Node) hold(life context.Context, l *link) {
	defer n.leave(l)
	peer, err := n.find(l.session.Peer) // again, now that Reload would cut it
	if err != nil {
		return
	}
	n.opt.Log.Info("another kai is there", "name", peer.Name, "came", l.came)
	n.introduce(life, l, peer)
	for {
		m, err := l.receive(life, n.opt.Now)
		if err != nil {
			n.opt.Log.Info("the connection to another kai ended", "name", peer.Name, "error", err)
			return
		}
		n.take(life, l, m)
	}
}

// introduce tells a peer what it may ask for, and how this kai is if it may know.
func (n *Node) introduce(ctx context.Context, l *link, p Peer) {
	m := klp.Manifest{
		NodeID: n.opt.Name, Version: n.opt.Version, Capabilities: []klp.Capability{}, TrustLevel: klp.TrustVerified,
		TTL: int(klp.SessionLife / time.Second),
	}
	if key, err := n.opt.Key(); err == nil {
		m.ServiceID = klp.IDOf(key.Public().(ed25519.PublicKey))
	}
	if p.Tasks {
		m.TrustLevel = klp.TrustTrusted
	}
	for _, name := range p.may() {
		m.Capabilities = append(m.Capabilities, klp.Capability{Name: name, Status: klp.StatusAvailable})
	}
	err := l.send(ctx, klp.TypeCapabilityAnnounce, m)
	if err == nil && p.State {
		err = l.send(ctx, klp.TypeStateSync, n.opt.State(ctx))
	}
	if err != nil {
		l.cut()
	}
}

// current is the connection of a peer that is to be used; nil when there is none, or none that lasts.
func (n *Node) current(id klp.ID) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.last(id)
	if l == nil || !n.opt.Now().Before(l.session.Expires.Add(-renewBefore)) {
		return nil
	}
	return l
}

// last is the newest connection of a peer; nil for none. Needs mu.
func (n *Node) last(id klp.ID) *link {
	k := n.kin[id]
	if k == nil || len(k.links) == 0 {
		return nil
	}
	return k.links[len(k.links)-1]
}
