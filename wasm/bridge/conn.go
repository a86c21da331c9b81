// Package bridge lets views talk to the runtime: each runtime port becomes a protocol connection served by one handler.
//
// Conn itself knows nothing of JavaScript, so that it is tested natively and serves the native port too. Imports
// shared/{assistant,protocol,fault}, wasm/jsval.
package bridge

import (
	"context"
	"io"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// MaxWaiting bounds, in bytes, what a port may send before the runtime reads it. Whoever floods is cut off.
const MaxWaiting = 64 << 20

// Conn is a protocol.Conn over a port that pushes frames in and takes frames out as text. Push and End never block, so
// that they may be called from a JavaScript callback.
type Conn struct {
	post  func(text string) error
	close func()
	wake  chan struct{}
	done  chan struct{}

	mu      sync.Mutex // guards all below
	frames  [][]byte
	waiting int
	err     error // why no more frames come; io.EOF in good order
}

// NewConn makes a connection that sends with post and lets go of the port with closePort.
func NewConn(post func(text string) error, closePort func()) *Conn {
	return &Conn{post: post, close: closePort, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Push hands over a frame that arrived.
func (c *Conn) Push(frame string) {
	c.mu.Lock()
	full := c.err == nil && c.waiting+len(frame) > MaxWaiting
	if c.err == nil && !full {
		c.frames, c.waiting = append(c.frames, []byte(frame)), c.waiting+len(frame)
	}
	c.mu.Unlock()
	if full {
		c.End(fault.New(fault.Exhausted, "more than %d bytes arrived unread", MaxWaiting))
		c.close()
		return
	}
	c.signal()
}

// End says that the other side is gone: err is what Receive answers after the frames that already arrived, nil meaning
// in good order.
func (c *Conn) End(err error) {
	if err == nil {
		err = io.EOF
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.done)
	}
}

// Receive waits for the next frame.
func (c *Conn) Receive(ctx context.Context) ([]byte, error) {
	for {
		frame, err := c.take()
		if frame != nil || err != nil {
			return frame, err
		}
		select {
		case <-c.wake:
		case <-c.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take gives the oldest frame; neither frame nor error when there is nothing yet.
func (c *Conn) take() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.frames) == 0 {
		return nil, c.err
	}
	frame := c.frames[0]
	c.frames[0] = nil
	c.frames, c.waiting = c.frames[1:], c.waiting-len(frame)
	return frame, nil
}

// Send posts a frame.
func (c *Conn) Send(ctx context.Context, frame []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-c.done:
		return fault.New(fault.Unavailable, "the other side is gone")
	default:
	}
	if err := c.post(string(frame)); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the other side is gone")
	}
	return nil
}

// Close lets go of the port; frames that arrived and were not read are dropped.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.frames, c.waiting = nil, 0
	c.mu.Unlock()
	c.End(nil)
	c.close()
	return nil
}

// Ended is closed when the other side is gone.
func (c *Conn) Ended() <-chan struct{} { return c.done }

func (c *Conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
