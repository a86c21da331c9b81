package host

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// dialTime bounds how long a listening socket may take to take a connection: it is on this computer.
const dialTime = 2 * time.Second

// sendTime bounds how long the other side may leave a frame unread: past it, it hangs.
const sendTime = 60 * time.Second

// socketConn is a socket with frames on it.
type socketConn struct {
	protocol.Conn
	socket   net.Conn
	sendTime time.Duration
}

// newConn puts frames on a socket; largest is the largest that may be sent.
func newConn(socket net.Conn, largest int) *socketConn {
	limits := protocol.FrameLimits{Receive: protocol.MaxFromBrowser, Send: largest}
	return &socketConn{Conn: protocol.NewFramedConn(socket, socket, limits), socket: socket, sendTime: sendTime}
}

// Send writes a frame; a partner that does not read it in time is fault.Timeout.
func (c *socketConn) Send(ctx context.Context, frame []byte) error {
	if err := c.socket.SetWriteDeadline(time.Now().Add(c.sendTime)); err != nil {
		return ended(err)
	}
	err := c.Conn.Send(ctx, frame)
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() {
		return fault.New(fault.Timeout, "the other side has not read for %s: %w", c.sendTime, err)
	}
	return ended(err)
}

// Receive reads a frame; a partner whose process died has left, too.
func (c *socketConn) Receive(ctx context.Context) ([]byte, error) {
	frame, err := c.Conn.Receive(ctx)
	if errors.Is(err, syscall.ECONNRESET) {
		return nil, io.EOF
	}
	return frame, err
}

// ended gives the system's words for "nobody there" one name.
func ended(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) {
		return io.ErrClosedPipe
	}
	return err
}

// Dial connects to the kai that listens on path; fault.Unavailable when none does. A socket of another user is refused.
func Dial(ctx context.Context, path string) (protocol.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	socket, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "no kai answers on %s: %w", path, err).WithRemedy("start it with kai run")
	}
	if err := samePerson(socket); err != nil {
		_ = socket.Close()
		return nil, fault.New(fault.Forbidden, "the kai on %s is another user's: %w", path, err)
	}
	return newConn(socket, protocol.MaxFromBrowser), nil
}
