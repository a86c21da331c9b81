package stream

import (
	"bytes"
	"errors"
	"io"
)

// NDJSON reads newline-delimited JSON. It hands out lines without looking into them, but skips blank ones.
type NDJSON struct{ lines *lines }

// NewNDJSON reads from r; a line over limit bytes fails with ErrTooLong (0: MaxLine).
func NewNDJSON(r io.Reader, limit int) *NDJSON { return &NDJSON{lines: newLines(r, limit, false)} }

// Next returns the next line, valid until the following call. Whole is false for text at the end of the stream that no
// newline follows: it may be a cut line, or the last of a server that omits the newline. The error is the stream's own
// (io.EOF for an orderly end) and comes without a line.
func (n *NDJSON) Next() (line []byte, whole bool, err error) {
	for {
		line, whole, err := n.lines.next()
		if line = bytes.TrimSpace(line); len(line) > 0 && (err == nil || errors.Is(err, io.EOF)) {
			return line, whole, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}
