// Package stream cuts the streamed answers of model servers into messages: NDJSON lines and server-sent events.
//
// The network may cut anywhere, also inside a character or between CR and LF; the messages are the same for any cutting,
// which the fuzz tests hold. Readers are pulled, so back-pressure reaches the server. Standard library only.
package stream

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds one line, in bytes, where the caller states no limit of its own.
const MaxLine = 4 << 20

// ErrTooLong is returned when a line or an event is over the limit. The stream cannot be read on after it.
var ErrTooLong = errors.New("the line is over the limit")

// lines reads lines from a byte stream. A line ends with LF, or also with CR or CRLF when carriage is set.
type lines struct {
	r        *bufio.Reader
	max      int
	carriage bool
	skipLF   bool // the last line ended with CR: an LF that comes next belongs to it
	line     []byte
}

func newLines(r io.Reader, limit int, carriage bool) *lines {
	if limit <= 0 {
		limit = MaxLine
	}
	return &lines{r: bufio.NewReaderSize(r, 16<<10), max: limit, carriage: carriage}
}

// next returns a line without its end, valid until the following call. Whole is false when the stream ended inside the
// line; the error is then the stream's (io.EOF for an orderly end).
func (l *lines) next() (line []byte, whole bool, err error) {
	l.line = l.line[:0]
	for {
		chunk, end, err := l.take()
		if l.line = append(l.line, chunk...); len(l.line) > l.max {
			return nil, false, fmt.Errorf("%w of %d bytes", ErrTooLong, l.max)
		}
		if end || err != nil {
			return l.line, end, err
		}
	}
}

// take returns what is buffered up to the next line end. It never waits for bytes after a line end.
func (l *lines) take() (chunk []byte, end bool, err error) {
	if _, err := l.r.Peek(1); err != nil {
		return nil, false, err
	}
	buffered, _ := l.r.Peek(l.r.Buffered())
	if l.skipLF {
		l.skipLF = false
		if buffered[0] == '\n' {
			_, _ = l.r.Discard(1)
			return nil, false, nil
		}
	}
	at := l.lineEnd(buffered)
	if at < 0 {
		_, _ = l.r.Discard(len(buffered))
		return buffered, false, nil
	}
	l.skipLF = buffered[at] == '\r'
	_, _ = l.r.Discard(at + 1)
	return buffered[:at], true, nil
}

func (l *lines) lineEnd(b []byte) int {
	if l.carriage {
		return bytes.IndexAny(b, "\r\n")
	}
	return bytes.IndexByte(b, '\n')
}
