package service

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Handler answers the methods that Remote sends, from g. It asks whatever address the caller names, so only connections
// that were let in may reach it.
func Handler(g Gateway) protocol.Handler {
	return protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		var in ask
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		return answer(ctx, g, r, in)
	})
}

func answer(ctx context.Context, g Gateway, r *protocol.Request, in ask) (any, error) {
	switch r.Method {
	case methodProbe:
		return g.Probe(ctx, in.Service)
	case methodModels:
		list, err := g.Models(ctx, in.Service)
		return models{list}, err
	case methodShow:
		return g.Show(ctx, in.Service, in.Model)
	case methodRunning:
		list, err := g.Running(ctx, in.Service)
		return models{list}, err
	case methodPull:
		return nil, g.Pull(ctx, in.Service, in.Model, func(p Progress) error { return r.Emit(ctx, p) })
	case methodDelete:
		return nil, g.Delete(ctx, in.Service, in.Model)
	case methodEmbed:
		list, err := g.Embed(ctx, in.Service, in.Model, in.Texts)
		return vectors{list}, err
	case methodChat:
		if in.Chat == nil {
			return nil, fault.New(fault.Invalid, "the request holds no chat").WithField("chat")
		}
		return g.Chat(ctx, in.Service, *in.Chat, func(d ChatDelta) error { return r.Emit(ctx, d) })
	}
	return nil, fault.New(fault.NotFound, "there is no method %s", r.Method)
}
