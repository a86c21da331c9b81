package protocol

import (
	"context"

	"github.com/kindos/kai/shared/fault"
)

// MethodAlive is a request without a body that a peer answers by itself: whoever answers is there and reads. A partner of
// before this method refuses it, which tells the same.
const MethodAlive = "alive"

// Alive asks the other side for a sign of life, within ctx.
func (p *Peer) Alive(ctx context.Context) error {
	err := p.Call(ctx, MethodAlive, nil, nil)
	if fault.CodeOf(err) == fault.Unsupported {
		return nil
	}
	return err
}

// maxStray is how many frames in a row may be of no use here. Some are honest: what was on its way when a call was stopped.
const maxStray = 1 << 14

// stray counts a frame that nobody asked for and nobody takes. A partner that sends nothing else floods us.
func (p *Peer) stray() error {
	if p.strays++; p.strays > maxStray {
		return p.hopeless(fault.New(fault.Malformed, "the other side floods this one with what nobody asked for").
			WithRemedy("update or restart the kai program"))
	}
	return nil
}
