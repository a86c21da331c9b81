package federation

import (
	"context"
	"time"

	"github.com/kindos/kai/companion/redial"
	"github.com/kindos/kai/shared/klp"
)

const dialWithin = 30 * time.Second

// dial sees to it that there is a connection to a peer.
type dial struct {
	node  *Node
	peer  Peer
	cut   context.CancelFunc
	tries *redial.Tries
}

// run connects again and again until ctx ends. While there is a connection, whoever dialed, nothing is done; shortly before
// its session ends there is a new one.
func (d *dial) run(ctx context.Context) {
	for ctx.Err() == nil {
		if l := d.node.current(d.peer.ID); l != nil {
			d.tries.Met()
			d.rest(ctx, l)
			continue
		}
		err := d.once(ctx)
		if d.tries.Failed(err) && ctx.Err() == nil {
			d.node.opt.Log.Info("another kai is away", "name", d.peer.Name, "error", err)
		}
		if err != nil {
			d.tries.Pause(ctx)
		}
	}
}

// rest waits until a connection has ended or is to be renewed.
func (d *dial) rest(ctx context.Context, l *link) {
	timer := time.NewTimer(l.session.Expires.Add(-renewBefore).Sub(d.node.opt.Now()))
	defer timer.Stop()
	select {
	case <-l.done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// once dials and shakes hands; the connection then lives until it or ctx ends.
func (d *dial) once(ctx context.Context) error {
	key, err := d.node.opt.Key()
	if err != nil {
		return err
	}
	h, hello, err := klp.Join(d.node.party(key), d.peer.ID, klp.Speaks())
	if err != nil {
		return err
	}
	reach, done := context.WithTimeout(ctx, dialWithin)
	defer done()
	conn, err := d.node.opt.Dial(reach, d.peer.URL)
	if err != nil {
		return err
	}
	session, err := shake(reach, conn, h, hello)
	if err != nil {
		_ = conn.Close() // it may be closed already
		return err
	}
	l := newLink(conn, session, false)
	life, err := d.node.join(ctx, l)
	if err != nil {
		_ = conn.Close() // it may be closed already
		return err
	}
	d.node.going.Go(func() { conn.KeepAlive(life, l.cut) })
	d.node.going.Go(func() { d.node.hold(life, l) })
	return nil
}
