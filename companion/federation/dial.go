package federation

import (
	"context"
	"sync"
	"time"

	"github.com/kindos/kai/shared/klp"
)

// How long a kai that is away is left alone: that is normal, so it is asked less and less often.
const (
	firstRetry   = time.Second
	longestRetry = 2 * time.Minute
	dialWithin   = 30 * time.Second
)

// dial sees to it that there is a connection to a peer.
type dial struct {
	node *Node
	peer Peer
	cut  context.CancelFunc
	now  chan struct{} // rings when it should be tried at once

	mu  sync.Mutex
	err error // why there is no connection; nil while there is one
}

func (d *dial) hurry() {
	select {
	case d.now <- struct{}{}:
	default: // it rings already
	}
}

// run connects again and again until ctx ends. While there is a connection, whoever dialed, nothing is done; shortly before
// its session ends there is a new one.
func (d *dial) run(ctx context.Context) {
	for retry := firstRetry; ctx.Err() == nil; {
		if l := d.node.current(d.peer.ID); l != nil {
			retry = firstRetry
			d.tell(nil)
			d.rest(ctx, l)
			continue
		}
		if d.tell(d.once(ctx)) && ctx.Err() == nil {
			d.node.opt.Log.Info("another kai is away", "name", d.peer.Name, "error", d.why())
		}
		if d.why() != nil {
			d.wait(ctx, retry)
			retry = min(2*retry, longestRetry)
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

func (d *dial) wait(ctx context.Context, long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.now:
	case <-ctx.Done():
	}
}

// tell notes why there is no connection, and says whether that is news.
func (d *dial) tell(err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	news := err != nil && (d.err == nil || d.err.Error() != err.Error())
	d.err = err
	return news
}

// why is the error that keeps the connection away.
func (d *dial) why() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err
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
