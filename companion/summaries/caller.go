package summaries

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/protocol"
)

// Caller asks within this process as a browser asks over its connection; see run.Caller.
type Caller struct{ Methods protocol.Mux }

// Call asks.
func (c *Caller) Call(ctx context.Context, method string, in, out any) error {
	return c.Stream(ctx, method, in, nil, out)
}

// Stream asks for a stream.
func (c *Caller) Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	got, err := c.Methods.Serve(ctx, protocol.NewRequest(method, body, func(_ context.Context, v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return each(text)
	}))
	if err != nil || out == nil {
		return err
	}
	if body, err = json.Marshal(got); err != nil {
		return err
	}
	return json.Unmarshal(body, out)
}
