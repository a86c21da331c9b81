package peers

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/delta"
	"github.com/kindos/kai/shared/fault"
)

// How long a kai that is away is left alone: that is normal, so it is asked less and less often.
const (
	firstRetry   = time.Second
	longestRetry = 2 * time.Minute
	dialWithin   = 30 * time.Second
)

// dial keeps one connection.
type dial struct {
	peers *Peers
	entry Entry
	cut   context.CancelFunc
	now   chan struct{} // rings when it should be tried at once

	mu  sync.Mutex
	err error // why there is no connection; nil while there is one
}

func (d *dial) hurry() {
	select {
	case d.now <- struct{}{}:
	default: // it rings already
	}
}

// run dials again and again until ctx ends.
func (d *dial) run(ctx context.Context) {
	for retry := firstRetry; ctx.Err() == nil; retry = min(2*retry, longestRetry) {
		met, err := d.once(ctx)
		if met {
			retry = firstRetry
		}
		if d.tell(err) && ctx.Err() == nil {
			d.peers.opt.Log.Info("another kai is away", "name", d.entry.Name, "error", err)
		}
		d.wait(ctx, retry)
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

// why is the fault that keeps the connection away.
func (d *dial) why() *fault.Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	return fault.Public(d.err)
}

// once dials and exchanges until the connection ends; met says that there was one.
func (d *dial) once(ctx context.Context) (met bool, err error) {
	p := d.peers
	key, err := p.opt.Key()
	if err != nil {
		return false, err
	}
	box, err := p.box(ctx, d.entry)
	if err != nil {
		return false, err
	}
	greet, done := context.WithTimeout(ctx, dialWithin)
	defer done()
	socket, err := open(greet, d.entry.URL)
	if err != nil {
		return false, err
	}
	conn := api.Wire(socket)
	defer func() { _ = conn.Close() }()
	signed, err := delta.Dial(greet, conn, d.entry.ID, delta.Options{Key: key, Now: p.opt.Now})
	if err != nil {
		return false, err
	}
	done()
	d.tell(nil)
	ctx, end := context.WithCancel(ctx)
	defer end()
	go api.KeepAlive(ctx, end, socket)
	return true, p.drive(ctx, signed, d.entry, box)
}

// open connects. It follows no redirect: an encrypted address could lead to one that is not.
func open(ctx context.Context, address string) (*websocket.Conn, error) {
	if _, err := Address(address); err != nil { // the book may have been edited by hand
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	conn, answer, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // none on success, read on failure
	switch {
	case err == nil:
		conn.SetReadLimit(api.SyncMessage)
		return conn, nil
	case answer != nil && answer.StatusCode == http.StatusNotFound:
		return nil, fault.New(fault.Unavailable, "no kai answers at %s, or it lets nobody in", address).WithRemedy("run kai sync allow there")
	case answer != nil:
		return nil, fault.New(fault.Unavailable, "%s answers %s, as no kai does", address, answer.Status).WithRemedy("look at the address and at the proxy before that kai")
	}
	return nil, fault.Wrap(fault.Unavailable, err, address+" cannot be reached")
}
