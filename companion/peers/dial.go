package peers

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/delta"
	"github.com/kindos/kai/companion/redial"
	"github.com/kindos/kai/shared/fault"
)

const dialWithin = 30 * time.Second

// dial keeps one connection.
type dial struct {
	peers *Peers
	entry Entry
	cut   context.CancelFunc
	tries *redial.Tries
}

// run dials again and again until ctx ends.
func (d *dial) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := d.once(ctx)
		if d.tries.Failed(err) && ctx.Err() == nil {
			d.peers.opt.Log.Info("another kai is away", "name", d.entry.Name, "error", err)
		}
		d.tries.Pause(ctx)
	}
}

// once dials and exchanges until the connection ends.
func (d *dial) once(ctx context.Context) error {
	p := d.peers
	key, err := p.opt.Key()
	if err != nil {
		return err
	}
	box, err := p.box(ctx, d.entry)
	if err != nil {
		return err
	}
	greet, done := context.WithTimeout(ctx, dialWithin)
	defer done()
	socket, err := open(greet, d.entry.URL)
	if err != nil {
		return err
	}
	conn := api.Wire(socket)
	defer func() { _ = conn.Close() }()
	signed, err := delta.Dial(greet, conn, d.entry.ID, delta.Options{Key: key, Now: p.opt.Now})
	if err != nil {
		return err
	}
	done()
	d.tries.Met()
	ctx, end := context.WithCancel(ctx)
	defer end()
	go api.KeepAlive(ctx, end, socket)
	return p.drive(ctx, signed, d.entry, box)
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
