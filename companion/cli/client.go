package cli

import (
	"context"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// askTime bounds one question to a running kai. A password takes the time that its key is meant to take, and more on a
// small computer.
const (
	askTime    = 5 * time.Second
	unlockTime = time.Minute
)

// running finds the kai that uses a data directory; fault.Unavailable when there is none.
func running(dir datadir.Dir) (datadir.Running, error) {
	r, ok := dir.Running()
	if !ok || !dir.Locked() {
		return datadir.Running{}, fault.New(fault.Unavailable, "kai is not running in %s", dir.Path()).WithRemedy("start it with kai run")
	}
	return r, nil
}

// found finds the data directory and the kai that uses it; fault.Unavailable when none runs.
func (c *commands) found() (datadir.Dir, datadir.Running, error) {
	dir, err := c.dir()
	if err != nil {
		return dir, datadir.Running{}, err
	}
	r, err := running(dir)
	return dir, r, err
}

// askKai asks the kai that uses the data directory; fault.Unavailable when none runs.
func (c *commands) askKai(ctx context.Context, method string, in, out any) error {
	return c.askFor(ctx, askTime, method, in, out)
}

// askFor does it for what may take so long.
func (c *commands) askFor(ctx context.Context, patience time.Duration, method string, in, out any) error {
	_, r, err := c.found()
	if err != nil {
		return err
	}
	return c.ask(ctx, r, patience, method, in, out)
}

// ask calls a method of a running kai over its local socket, which knows this person without any token, and reads the
// answer into out.
func (c *commands) ask(ctx context.Context, r datadir.Running, patience time.Duration, method string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := c.with(ctx, r, func(peer *protocol.Peer) error { return peer.Call(ctx, method, in, out) })
	if fault.CodeOf(err) == fault.Timeout {
		return fault.New(fault.Unavailable, "kai does not answer: %w", err).WithRemedy("wait a moment, or stop process %d and start kai run again", r.PID)
	}
	return err
}

// with hands a connection to a running kai to talk, and ends it after that.
func (c *commands) with(ctx context.Context, r datadir.Running, talk func(peer *protocol.Peer) error) error {
	conn, err := host.Dial(ctx, r.Socket)
	if err != nil {
		return err
	}
	return c.over(ctx, conn, talk)
}

// over talks over a connection, and ends it after that.
func (c *commands) over(ctx context.Context, conn protocol.Conn, talk func(peer *protocol.Peer) error) error {
	peer := protocol.NewPeer(conn, protocol.Options{Hello: protocol.Hello{App: "kai-command", Version: c.Version}, MaxFrame: protocol.MaxFromBrowser})
	ended := make(chan struct{})
	go func() { defer close(ended); _ = peer.Run(ctx) }() // what ends it is told by the call
	err := talk(peer)
	peer.Close()
	<-ended
	return err
}
