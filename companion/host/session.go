package host

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// patience is how long kai may take to start before the browser is told that it did not; again is how often to look.
const (
	patience = 15 * time.Second
	again    = 25 * time.Millisecond
)

// Session is one run of `kai host`.
type Session struct {
	In    io.Reader    // the browser's frames
	Out   io.Writer    // ours; nothing else may be written there
	Path  string       // of kai's socket
	Start func() error // starts kai in the background, when nobody listens
}

// Run passes frames both ways until the browser or kai goes away. The framing is the same on both sides, so bytes are
// copied; kai's end checks them.
func (s Session) Run(ctx context.Context) error {
	conn, err := s.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ended := make(chan error, 2)
	go func() { _, err := io.Copy(conn, s.In); ended <- err }()
	go func() { _, err := io.Copy(s.Out, conn); ended <- err }()
	select {
	case err = <-ended: // the other copy ends with the process
	case <-ctx.Done():
		return ctx.Err()
	}
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}

// reach connects to kai, starting it when it is not there. Two hosts may start two: the data directory's lock lets one live.
func (s Session) reach(ctx context.Context) (net.Conn, error) {
	if conn, err := net.Dial("unix", s.Path); err == nil {
		return conn, nil
	}
	if err := s.Start(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "kai could not be started")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(again)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, fault.New(fault.Timeout, "kai did not answer at its socket within %s", patience).WithRemedy("see kai.log in its data directory")
		case <-look.C:
			if conn, err := net.Dial("unix", s.Path); err == nil {
				return conn, nil
			}
		}
	}
}
