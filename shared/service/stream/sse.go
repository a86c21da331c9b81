package stream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Event is one server-sent event. Name is empty for the default ("message").
type Event struct {
	Name string
	Data []byte
	Cut  bool // the stream ended before the blank line that closes an event: Data may be incomplete
}

// SSE reads server-sent events as the HTML standard defines them: lines end with LF, CR or CRLF, several data lines join
// with LF, comments and unknown fields are skipped. Other than a browser, it hands out an unfinished last event, marked
// Cut, because some servers close without the blank line.
type SSE struct {
	lines *lines
	name  string
	data  []byte
	some  bool // the event has a data field
	begun bool // past the first line, where a byte order mark may stand
}

// NewSSE reads from r; an event over limit bytes fails with ErrTooLong (0: MaxLine).
func NewSSE(r io.Reader, limit int) *SSE { return &SSE{lines: newLines(r, limit, true)} }

// Next returns the next event; its Data is valid until the following call. The error is the stream's own (io.EOF for an
// orderly end) and comes without an event.
func (s *SSE) Next() (Event, error) {
	s.name, s.data, s.some = "", s.data[:0], false
	for {
		line, whole, err := s.lines.next()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return Event{}, err
		case err == nil && whole && len(line) == 0:
			if s.some {
				return Event{Name: s.name, Data: s.data}, nil
			}
			s.name = ""
			continue
		}
		if err := s.field(line); err != nil {
			return Event{}, err
		}
		if err != nil {
			return s.last(err)
		}
	}
}

// last hands out what an ended stream left behind.
func (s *SSE) last(end error) (Event, error) {
	if s.some {
		return Event{Name: s.name, Data: s.data, Cut: true}, nil
	}
	return Event{}, end
}

// field takes one line of an event.
func (s *SSE) field(line []byte) error {
	if !s.begun && len(line) > 0 {
		s.begun = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "event":
		s.name = string(value)
	case "data":
		if s.some {
			s.data = append(s.data, '\n')
		}
		s.some = true
		if s.data = append(s.data, value...); len(s.data) > s.lines.max {
			return fmt.Errorf("%w of %d bytes", ErrTooLong, s.lines.max)
		}
	}
	return nil
}
