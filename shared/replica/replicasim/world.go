package replicasim

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

var (
	errKilled = errors.New("the process was killed")
	errCut    = errors.New("the connection was cut")
)

// world is a history being played.
type world struct {
	h       History
	now     int64 // ms since 1970
	calm    bool  // no more faults
	faulty  bool  // something happened that may make a replica send a record again
	devices []*device
	edges   [][2]int
	swept   bool     // from then on there is one way between any two devices
	late    []func() // requests on their way whose sender has given up
	running *exchange
	names   int
	truth   truth
}

// device is a store with the process over it.
type device struct {
	w       *world
	at      int
	origin  int // the device that it is a copy of, or itself
	store   *memstore.Store
	log     []logged // everything that was done to the store, to make a copy of it
	life    *life
	lives   int
	skew    int64
	waiting *exchange
}

// logged is a batch that was applied, or tombstones that were swept.
type logged struct {
	batch []store.Write
	swept []record.Record
}

// life is a process: it ends by being killed.
type life struct {
	device  *device
	dead    bool
	clock   *record.Clock
	replica *replica.Replica
	server  *replica.Server
}

// exchange is a Sync that can stand still anywhere: before and after each access to its store and each request.
type exchange struct {
	dialer, answerer *device
	life             *life
	rng              *rand.Rand
	next             func() (struct{}, bool)
	stop             func()
	yield            func(struct{}) bool
	over             bool // nobody moves it on any more
	err              error
	report           replica.Report
}

func schema() []store.KindSpec { return store.Schema() }

func newWorld(h History) *world {
	w := &world{h: h, now: 1_800_000_000_000, edges: append([][2]int{}, h.Edges...), truth: newTruth()}
	for range h.Devices {
		w.addDevice()
	}
	return w
}

func (w *world) addDevice() *device {
	d := &device{w: w, at: len(w.devices), origin: len(w.devices), store: memstore.New(schema())}
	w.devices = append(w.devices, d)
	d.start()
	return d
}

// start begins a new life over the store.
func (d *device) start() {
	d.lives++
	l := &life{device: d}
	l.clock = record.NewClock(fmt.Sprintf("d%dl%d", d.at, d.lives), d.time)
	l.replica = replica.New(replica.Options{
		Store: l, Clock: l.clock, Now: d.time, NewID: d.w.name, Page: d.w.h.Page,
		Selection: replica.Selection{Kinds: replica.History().Kinds, Private: []string{d.private()}},
	})
	l.server = replica.NewServer(l.replica)
	_ = l.replica.Start(context.Background()) // memory does not fail; a clock far off is told of by the exchange
	d.life = l
}

// private is the conversation that stays on this device; a copy of the device keeps it to itself as well.
func (d *device) private() string { return fmt.Sprintf("private%d", d.origin) }

func (d *device) time() time.Time { return time.UnixMilli(d.w.now + d.skew) }

func (w *world) name() string {
	w.names++
	return fmt.Sprintf("r%d", w.names)
}

// kill ends the process in the midst of whatever it does and starts another.
func (d *device) kill() {
	d.w.faulty = true
	d.life.dead = true
	if d.waiting != nil {
		d.waiting.stop()
		d.waiting = nil
	}
	d.start()
}

// clone copies the store to a new device, which dials and is dialed as the old one.
func (d *device) clone() {
	d.w.faulty = true
	c := &device{w: d.w, at: len(d.w.devices), origin: d.origin, store: memstore.New(schema())}
	for _, done := range d.log {
		_, _ = c.store.Apply(context.Background(), done.batch...) // it worked on the original
		_ = c.store.Sweep(context.Background(), done.swept...)
	}
	c.log = append(c.log, d.log...)
	edges := d.w.edgesWith(d)
	d.w.devices = append(d.w.devices, c)
	c.start()
	d.w.edges = edges
}

// edgesWith gives the edges that there are once a device was copied: its copy has the same.
func (w *world) edgesWith(d *device) [][2]int {
	copied, out := len(w.devices), w.edges[:len(w.edges):len(w.edges)]
	for _, e := range w.edges {
		switch d.at {
		case e[0]:
			out = append(out, [2]int{copied, e[1]})
		case e[1]:
			out = append(out, [2]int{e[0], copied})
		}
	}
	return out
}

// oneWay says whether there is at most one way between any two devices.
func oneWay(edges [][2]int) bool {
	group := map[int]int{} // device to a device of the same group; itself where it is alone
	find := func(at int) int {
		for g, ok := group[at]; ok && g != at; g, ok = group[at] {
			at = g
		}
		return at
	}
	for _, e := range edges {
		a, b := find(e[0]), find(e[1])
		if a == b {
			return false
		}
		group[a] = b
	}
	return true
}

// begin starts an exchange over an edge; nothing has happened yet.
func (w *world) begin(edge [2]int, seed uint32) *exchange {
	from, to := w.devices[edge[0]], w.devices[edge[1]]
	x := &exchange{dialer: from, answerer: to, life: from.life, rng: rand.New(rand.NewPCG(uint64(seed), 1))}
	x.next, x.stop = iter.Pull(func(yield func(struct{}) bool) {
		x.yield = yield
		how := x.life.replica.Sync
		if seed%4 == 1 {
			how = x.life.replica.Take // also where something was written: it is given later
		}
		x.report, x.err = how(context.Background(), &wire{x}, nil)
	})
	return x
}

// endless is how often an exchange may stand still before it is taken to go on for ever.
const endless = 20_000

// move lets an exchange go on to its next stop and says whether it has ended.
func (w *world) move(x *exchange) bool {
	before := w.running
	w.running = x
	_, going := x.next()
	w.running = before
	if !going {
		x.stop()
	}
	return !going
}

// finish lets an exchange go on to its end.
func (w *world) finish(x *exchange) error {
	for range endless {
		if w.move(x) {
			return x.err
		}
	}
	w.truth.fail("the exchange of devices %d and %d never ends", x.dialer.at, x.answerer.at)
	x.stop()
	return w.truth.wrong
}

// pause stands still until the exchange is moved on; false means that its process was killed meanwhile.
func (x *exchange) pause() bool {
	if !x.over && !x.yield(struct{}{}) {
		x.over = true
	}
	return !x.over && !x.life.dead
}

// pause lets others act around an access of the dialing process to its store.
func (l *life) pause() error {
	if x := l.device.w.running; x != nil && x.life == l && !x.pause() {
		return errKilled
	}
	if l.dead {
		return errKilled
	}
	return nil
}

// Get reads from the store while the process lives.
func (l *life) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	if err := l.pause(); err != nil {
		return nil, err
	}
	return l.device.store.Get(ctx, keys...)
}

// Apply writes while the process lives; it may be killed before and after.
func (l *life) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if err := l.pause(); err != nil {
		return store.Result{}, err
	}
	result, err := l.device.store.Apply(ctx, batch...)
	if err != nil {
		return result, err
	}
	l.device.log = append(l.device.log, logged{batch: append([]store.Write{}, batch...)})
	return result, l.pause()
}

// List reads while the process lives.
func (l *life) List(ctx context.Context, q store.Query) (store.Page, error) {
	if err := l.pause(); err != nil {
		return store.Page{}, err
	}
	return l.device.store.List(ctx, q)
}

// Changes reads while the process lives.
func (l *life) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	if err := l.pause(); err != nil {
		return store.Feed{}, err
	}
	return l.device.store.Changes(ctx, since, limit)
}

// Sweep forgets while the process lives.
func (l *life) Sweep(ctx context.Context, tombstones ...record.Record) error {
	if err := l.pause(); err != nil {
		return err
	}
	l.device.log = append(l.device.log, logged{swept: tombstones})
	return l.device.store.Sweep(ctx, tombstones...)
}

// Close does nothing: the store outlives its processes.
func (l *life) Close() error { return nil }

var (
	_ store.Store   = (*life)(nil)
	_ store.Sweeper = (*life)(nil)
)
