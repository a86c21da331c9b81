package runtime

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// While something is asked of the companion it is asked for a sign of life as well: a host or a kai that hangs keeps its
// end of the connection open, and nobody would ever notice.
const (
	pulseEvery  = 5 * time.Second
	pulseWithin = 10 * time.Second
)

// pulse is a connection to the companion that notices when the other side hangs.
type pulse struct {
	peer  *protocol.Peer
	after func(time.Duration) <-chan time.Time
	asked atomic.Int32  // calls that wait for an answer
	begun chan struct{} // rings when there is one
}

func newPulse(peer *protocol.Peer, after func(time.Duration) <-chan time.Time) *pulse {
	return &pulse{peer: peer, after: after, begun: make(chan struct{}, 1)}
}

// Call asks the companion.
func (p *pulse) Call(ctx context.Context, method string, in, out any) error {
	return p.Stream(ctx, method, in, nil, out)
}

// Stream asks the companion for a stream.
func (p *pulse) Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error {
	p.asked.Add(1)
	defer p.asked.Add(-1)
	select {
	case p.begun <- struct{}{}:
	default: // it is awake
	}
	return p.peer.Stream(ctx, method, in, each, out)
}

// watch ends the connection when the companion hangs, and says so; nil when ctx ended first.
func (p *pulse) watch(ctx context.Context) error {
	for {
		select {
		case <-p.begun:
		case <-ctx.Done():
			return nil
		}
		for p.asked.Load() > 0 {
			select {
			case <-p.after(pulseEvery):
			case <-ctx.Done():
				return nil
			}
			if p.asked.Load() > 0 && !p.beats(ctx) {
				p.peer.Close()
				return fault.New(fault.Timeout, "the kai program has not answered for %d seconds", int(pulseWithin.Seconds())).
					WithRemedy("kAI connects again by itself; if it stays so, run: kai stop")
			}
		}
	}
}

// beats says whether the companion gives a sign of life in time. A connection that has ended hangs no longer.
func (p *pulse) beats(ctx context.Context) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answered := make(chan struct{})
	go func() { defer close(answered); _ = p.peer.Alive(ctx) }() // any answer will do
	select {
	case <-answered:
		return true
	case <-p.after(pulseWithin):
		return false
	}
}
