package protocol

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
)

// Ask calls a method of a handler in this process and answers what that answers, which is an Out.
func Ask[Out any](ctx context.Context, h Handler, method string, in any) (out Out, err error) {
	got, err := serve(ctx, h, method, in, nil)
	if err != nil {
		return out, err
	}
	if out, ok := got.(Out); ok {
		return out, nil
	}
	if text, ok := got.(json.RawMessage); ok { // it came from another program, or goes on to one as it is
		if err := json.Unmarshal(text, &out); err != nil {
			return out, fault.Wrap(fault.Internal, err, method+" answered what can't be read")
		}
		return out, nil
	}
	return out, fault.New(fault.Internal, "%s answered %T", method, got)
}

// Listen calls a method of a handler in this process and hands on each chunk of its stream, which is a Chunk.
func Listen[Chunk any](ctx context.Context, h Handler, method string, in any, each func(Chunk) error) error {
	_, err := serve(ctx, h, method, in, func(_ context.Context, v any) error {
		chunk, ok := v.(Chunk)
		if !ok {
			return fault.New(fault.Internal, "%s sent %T", method, v)
		}
		return each(chunk)
	})
	return err
}

func serve(ctx context.Context, h Handler, method string, in any, emit func(context.Context, any) error) (any, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the request of "+method+" cannot be written as JSON")
	}
	return h.Serve(ctx, NewRequest(method, body, emit))
}
