package ollama

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/stream"
)

// failure is the line that Ollama sends when something breaks after it answered 200.
type failure struct {
	Error json.RawMessage `json:"error"`
}

// stopped carries an error of the caller's own through the reading of a stream.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

// silence is how quiet the server may be. Some work is silent for long inside an answer: with tools Ollama holds a tool
// call back until it is whole.
func (c *Connector) silence(long bool) exchange.Silence {
	s := exchange.Silence{First: c.client.Limits.First, Idle: c.client.Limits.Idle}
	if long {
		s.Idle = s.First
	}
	return s
}

// stream posts in and hands each line of the answer to each until that says done. An answer that ends before is a fault.
func (c *Connector) stream(ctx context.Context, path string, in any, s exchange.Silence, each func(raw []byte) (bool, error)) error {
	body, err := c.client.Open(ctx, "POST", path, in, s)
	if err != nil {
		return err
	}
	defer body.Close()
	lines := stream.NewNDJSON(body, c.client.Limits.MaxLine)
	for n := 0; ; n++ {
		raw, whole, err := lines.Next()
		if err != nil {
			return c.ended(err)
		}
		done, err := c.line(raw, in, each)
		if done || err != nil {
			return c.judge(err, n == 0 && !bytes.HasPrefix(raw, []byte("{")), whole)
		}
	}
}

// line looks for a failure first, in lines that may be one: most are tokens, which have no time to lose.
func (c *Connector) line(raw []byte, in any, each func(raw []byte) (bool, error)) (bool, error) {
	var f failure
	if bytes.Contains(raw, []byte(`"error"`)) && json.Unmarshal(raw, &f) == nil && len(f.Error) > 0 {
		text := exchange.ErrorText(f.Error)
		err := c.client.Spoken(text)
		if model, ok := in.(named); ok {
			err = pullFault(text, model.Model, err)
		}
		return false, &stopped{err}
	}
	return each(raw)
}

// judge tells a caller's own error from a line that could not be read: cut at the end of the stream, or not Ollama's.
func (c *Connector) judge(err error, foreign, whole bool) error {
	var own *stopped
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.err
	case foreign:
		return c.client.Wrong(err.Error())
	case !whole:
		return c.ended(io.EOF)
	}
	return fault.Wrap(fault.Malformed, err, "Ollama sent a line that is not JSON").WithRemedy("ask again; what had arrived is kept")
}

// ended is a stream that was over before its last line.
func (c *Connector) ended(err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return fault.New(fault.Unavailable, "%s ended its answer in the middle", c.client.Dialect.Name).
			WithRemedy("ask again; what had arrived is kept. If it stays so, look into its log")
	case errors.Is(err, stream.ErrTooLong):
		return fault.Wrap(fault.Malformed, err, "Ollama sent a line that is too long").WithRemedy("ask again; what had arrived is kept")
	}
	return err
}
