package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
	"github.com/kindos/kai/shared/tool"
)

// Back-off after the companion was lost. A companion that is not installed is not looked for again until somebody asks.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
	stableAfter = time.Minute // a connection that lived this long starts the back-off anew
	retryWithin = 10 * time.Second
	helloWithin = 8 * time.Second // kai is on this computer; who asked for it hears of a silent one before retryWithin
)

// maxFrame is where frames towards the companion are cut.
const maxFrame = 64 << 10

// companion keeps one connection to kai while there is one.
//
//	connecting ──> connected ──(lost)──> connecting, after a back-off
//	     ├──────> absent     not installed: until somebody asks
//	     └──────> failed     installed, but unusable: until somebody asks; crashed: after a back-off
type companion struct {
	dial  func(ctx context.Context) (protocol.Conn, error)
	hello protocol.Hello
	lends protocol.Handler // what kai may ask of us
	wrote chan struct{}    // rings when kai may find something new in what we lend
	steps *steps           // that kai is told of
	after func(time.Duration) <-chan time.Time
	clock func() time.Time
	log   *logs.Logger
	ask   chan struct{} // somebody wants it looked for now

	mu      sync.Mutex // guards all below
	state   assistant.CompanionState
	pulse   *pulse
	remote  *service.Remote
	runs    run.Runner
	settled chan struct{} // closed while the state is other than connecting
}

func newCompanion(d Deps, hello protocol.Hello) *companion {
	settled := make(chan struct{})
	close(settled)
	return &companion{
		dial: d.Dial, hello: hello, after: d.After, clock: d.Now, log: d.Log, ask: make(chan struct{}, 1), wrote: make(chan struct{}, 1),
		steps: &steps{rings: make(chan struct{}, 1)},
		state: assistant.CompanionState{State: assistant.CompanionAbsent}, settled: settled,
	}
}

// run connects and connects again until ctx ends. changed hears of every state.
func (c *companion) run(ctx context.Context, changed func(context.Context, assistant.CompanionState)) {
	set := func(state, version, detail string) {
		changed(ctx, c.set(assistant.CompanionState{State: state, Version: version, Detail: detail}))
	}
	wait := firstWait
	for ctx.Err() == nil {
		set(assistant.CompanionConnecting, "", "")
		lived, err := c.connect(ctx, func(h protocol.Hello) { set(assistant.CompanionConnected, h.Version, "") })
		if ctx.Err() != nil {
			return
		}
		state, again := verdict(err)
		set(state, "", detail(err))
		c.log.Info("kai is not connected", "state", state, "again", again, "err", err)
		if wait = min(2*wait, longestWait); lived >= stableAfter {
			wait = firstWait
		}
		if !c.pause(ctx, again, wait/2) {
			return
		}
	}
}

// pause waits before the next attempt: for a while, or, when only a person can change something, until asked.
func (c *companion) pause(ctx context.Context, again bool, wait time.Duration) bool {
	var timer <-chan time.Time
	if again {
		timer = c.after(wait)
	}
	select {
	case <-timer:
	case <-c.ask:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// connect holds one connection from dial to end and says how long it served.
func (c *companion) connect(ctx context.Context, up func(protocol.Hello)) (lived time.Duration, err error) {
	if c.dial == nil {
		return 0, fault.New(fault.NotFound, "this browser has no way to kai")
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return 0, err
	}
	peer := protocol.NewPeer(conn, protocol.Options{Hello: c.hello, Handler: c.lends, HelloWithin: helloWithin, MaxFrame: maxFrame, Log: c.log})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- peer.Run(ctx) }()
	partner, refused := peer.Partner(ctx)
	if fault.CodeOf(refused) == fault.Unsupported {
		return 0, refused // leaving ends the connection
	}
	if refused != nil {
		return 0, reason(<-ended) // it has ended or is ending, and says better why
	}
	watched := newPulse(peer, c.after)
	lost := make(chan error, 1)
	go func() { lost <- watched.watch(ctx) }()
	told := make(chan struct{})
	go func() { defer close(told); c.tell(ctx, peer) }()
	c.attach(watched)
	started := c.clock()
	up(partner)
	err = <-ended
	c.attach(nil)
	cancel()
	<-told
	if hangs := <-lost; hangs != nil {
		err = hangs
	}
	return c.clock().Sub(started), reason(err)
}

// reason gives the end of a connection a code; a clean one too is a companion that left.
func reason(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return fault.New(fault.Unavailable, "kai ended the connection")
	}
	return err
}

// verdict says what a failed connection means, and whether trying again by itself makes sense.
func verdict(err error) (state string, again bool) {
	switch fault.CodeOf(err) {
	case fault.NotFound:
		return assistant.CompanionAbsent, false
	case fault.Forbidden, fault.Unsupported, fault.Unauthorized:
		return assistant.CompanionFailed, false
	default:
		return assistant.CompanionFailed, true
	}
}

func detail(err error) string {
	f := fault.Public(err)
	if f.Remedy == "" {
		return f.Message
	}
	return f.Message + ": " + f.Remedy
}

func (c *companion) attach(peer *pulse) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulse, c.remote, c.runs = peer, nil, nil
	if peer != nil {
		c.remote, c.runs = service.NewRemote(peer), run.NewRemote(peer)
	}
}

// set keeps a state and wakes those who wait for one other than connecting.
func (c *companion) set(state assistant.CompanionState) assistant.CompanionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.become(state)
	return state
}

func (c *companion) become(state assistant.CompanionState) {
	was, is := c.state.State == assistant.CompanionConnecting, state.State == assistant.CompanionConnecting
	if is && !was {
		c.settled = make(chan struct{})
	}
	if was && !is {
		close(c.settled)
	}
	c.state = state
}

// note rings for kai; it never waits.
func (c *companion) note() {
	select {
	case c.wrote <- struct{}{}:
	default:
	}
}

// tell passes the ringing and the steps on to kai until ctx ends.
func (c *companion) tell(ctx context.Context, peer *protocol.Peer) {
	for {
		select {
		case <-c.steps.rings:
			for _, step := range c.steps.take() {
				if peer.Notify(ctx, protocol.EventStep, step) != nil {
					return // the connection has ended
				}
			}
		case <-c.wrote:
			if peer.Notify(ctx, lent.EventChanged, nil) != nil {
				return // the connection has ended
			}
		case <-ctx.Done():
			return
		}
	}
}

// forward asks kai what a view asks.
func (c *companion) forward(ctx context.Context, q *protocol.Request) (json.RawMessage, error) {
	c.mu.Lock()
	peer := c.pulse
	c.mu.Unlock()
	if peer == nil {
		return nil, fault.New(fault.Unavailable, "kai is not connected").WithRemedy("start kai, or install it: kai native install")
	}
	var out json.RawMessage
	err := peer.Call(ctx, q.Method, q.Body, &out)
	return out, err
}

// callTool has kai call one of its tools.
func (c *companion) callTool(ctx context.Context, call tool.Call) (string, error) {
	body, err := json.Marshal(call)
	if err != nil {
		return "", err
	}
	said, err := c.forward(ctx, &protocol.Request{Method: tool.MethodCall, Body: body})
	if err != nil {
		return "", err
	}
	return store.IndexKey(said, "text"), nil
}

// caller asks the companion, or is nil while there is none.
func (c *companion) caller() run.Caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pulse == nil {
		return nil
	}
	return c.pulse
}

// gateway is the companion's, or nil while there is none.
func (c *companion) gateway() service.Gateway {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.remote == nil {
		return nil
	}
	return c.remote
}

// runner is the companion's, or nil while there is none.
func (c *companion) runner() run.Runner {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.runs
}

// retry looks for the companion now and answers with what came of it.
func (c *companion) retry(ctx context.Context) assistant.CompanionState {
	select {
	case <-c.look():
	case <-c.after(retryWithin):
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// look asks for an attempt now unless one is under way or kai is connected, and gives a channel that closes at its end.
func (c *companion) look() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.state.State {
	case assistant.CompanionConnected, assistant.CompanionConnecting:
		return c.settled
	}
	c.become(assistant.CompanionState{State: assistant.CompanionConnecting})
	select {
	case c.ask <- struct{}{}:
	default: // asked already
	}
	return c.settled
}
