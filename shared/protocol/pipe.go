package protocol

import (
	"context"
	"io"
	"sync"
)

// pipeDepth is how many frames each direction of a Pipe holds before Send waits.
const pipeDepth = 16

// Pipe gives the two ends of a connection in memory. What one end sent before it closed still reaches the other.
func Pipe() (Conn, Conn) {
	ab, ba := make(chan []byte, pipeDepth), make(chan []byte, pipeDepth)
	aEnd, bEnd := &ending{gone: make(chan struct{})}, &ending{gone: make(chan struct{})}
	return &pipeEnd{in: ba, out: ab, mine: aEnd, theirs: bEnd}, &pipeEnd{in: ab, out: ba, mine: bEnd, theirs: aEnd}
}

type ending struct {
	once sync.Once
	gone chan struct{}
}

type pipeEnd struct {
	in           <-chan []byte
	out          chan<- []byte
	mine, theirs *ending
}

// Receive takes the next frame; io.EOF once the other end closed and everything it sent was taken.
func (p *pipeEnd) Receive(ctx context.Context) ([]byte, error) {
	select {
	case frame := <-p.in:
		return frame, nil
	case <-p.mine.gone:
		return nil, io.ErrClosedPipe
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.theirs.gone:
	}
	select {
	case frame := <-p.in:
		return frame, nil
	default:
		return nil, io.EOF
	}
}

// Send hands a frame over, waiting while the other end is behind.
func (p *pipeEnd) Send(ctx context.Context, frame []byte) error {
	select {
	case <-p.mine.gone:
		return io.ErrClosedPipe
	case <-p.theirs.gone:
		return io.ErrClosedPipe
	default:
	}
	select {
	case p.out <- frame:
		return nil
	case <-p.mine.gone:
	case <-p.theirs.gone:
	case <-ctx.Done():
		return ctx.Err()
	}
	return io.ErrClosedPipe
}

// Close ends this end.
func (p *pipeEnd) Close() error {
	p.mine.once.Do(func() { close(p.mine.gone) })
	return nil
}
