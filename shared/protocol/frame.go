package protocol

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// Limits of native messaging: what a browser may send to its host, and what it takes from it (one byte more kills the port).
const (
	MaxFromBrowser = 64 << 20
	MaxToBrowser   = 1 << 20
)

// FrameLimits bound a length-prefixed connection, in bytes of one frame; zero means MaxFromBrowser.
type FrameLimits struct{ Receive, Send int }

// NewStdioConn speaks native messaging as the host does: frames of the browser come from r, ours go to w.
func NewStdioConn(r io.Reader, w io.Writer) Conn {
	return NewFramedConn(r, w, FrameLimits{Receive: MaxFromBrowser, Send: MaxToBrowser})
}

// NewFramedConn puts frames on a byte stream: a 32-bit length in native byte order, then that many bytes of JSON. Closing
// it closes r and w when they can be closed; contexts do not interrupt a read or write, only Close does.
func NewFramedConn(r io.Reader, w io.Writer, limits FrameLimits) Conn {
	if limits.Receive <= 0 {
		limits.Receive = MaxFromBrowser
	}
	if limits.Send <= 0 {
		limits.Send = MaxFromBrowser
	}
	return &framed{source: r, sink: w, in: bufio.NewReaderSize(r, 32<<10), out: bufio.NewWriterSize(w, 32<<10), limits: limits}
}

type framed struct {
	source io.Reader
	sink   io.Writer
	in     *bufio.Reader
	out    *bufio.Writer
	limits FrameLimits
	close  sync.Once
}

// Receive reads one frame.
func (c *framed) Receive(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return readFrame(c.in, c.limits.Receive)
}

func readFrame(r io.Reader, limit int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, truncated(err, "the length of a frame")
	}
	size := binary.NativeEndian.Uint32(head[:])
	if size == 0 || uint64(size) > uint64(limit) {
		return nil, fault.New(fault.Malformed, "a frame of %d bytes was announced; 1 to %d are allowed", size, limit)
	}
	frame, err := readBody(r, int(size))
	if err != nil {
		return nil, truncated(errOrUnexpected(err), "a frame")
	}
	return frame, nil
}

// readBody takes the announced length at its word only for small frames; for others memory grows with what arrives.
func readBody(r io.Reader, size int) ([]byte, error) {
	const trusted = 256 << 10
	if size <= trusted {
		frame := make([]byte, size)
		_, err := io.ReadFull(r, frame)
		return frame, err
	}
	var frame bytes.Buffer
	frame.Grow(trusted)
	_, err := io.CopyN(&frame, r, int64(size))
	return frame.Bytes(), err
}

func errOrUnexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// truncated keeps a clean end (io.EOF) and names one that came inside a frame.
func truncated(err error, what string) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Malformed, "the connection ended inside %s: %w", what, err)
	}
	return err
}

// Send writes one frame; one over the limit is refused before any byte of it is written.
func (c *framed) Send(ctx context.Context, frame []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(frame) > c.limits.Send {
		return fault.New(fault.Exhausted, "a frame of %d bytes is over the limit of %d", len(frame), c.limits.Send)
	}
	var head [4]byte
	binary.NativeEndian.PutUint32(head[:], uint32(len(frame))) //nolint:gosec // bounded by the limit above
	if _, err := c.out.Write(head[:]); err != nil {
		return err
	}
	if _, err := c.out.Write(frame); err != nil {
		return err
	}
	return c.out.Flush()
}

// Close closes both directions once.
func (c *framed) Close() error {
	var err error
	c.close.Do(func() { err = errors.Join(closeIfCan(c.source), closeOther(c.sink, c.source)) })
	return err
}

func closeIfCan(v any) error {
	if closer, ok := v.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// closeOther skips the second close of a socket that is both source and sink.
func closeOther(w io.Writer, r io.Reader) error {
	if any(w) == any(r) {
		return nil
	}
	return closeIfCan(w)
}
