package service

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Methods answers what Remote asks, from g. It talks to whatever address the caller names, so only connections that were
// let in may reach it.
func Methods(g Gateway) protocol.Mux {
	return protocol.Mux{
		methodProbe: answering(func(ctx context.Context, in ask) (any, error) { return g.Probe(ctx, in.Service) }),
		methodModels: answering(func(ctx context.Context, in ask) (any, error) {
			list, err := g.Models(ctx, in.Service)
			return models{list}, err
		}),
		methodShow: answering(func(ctx context.Context, in ask) (any, error) { return g.Show(ctx, in.Service, in.Model) }),
		methodRunning: answering(func(ctx context.Context, in ask) (any, error) {
			list, err := g.Running(ctx, in.Service)
			return models{list}, err
		}),
		methodUnload: answering(func(ctx context.Context, in ask) (any, error) { return nil, g.Unload(ctx, in.Service, in.Model) }),
		methodDelete: answering(func(ctx context.Context, in ask) (any, error) { return nil, g.Delete(ctx, in.Service, in.Model) }),
		methodEmbed: answering(func(ctx context.Context, in ask) (any, error) {
			list, err := g.Embed(ctx, in.Service, in.Model, in.Texts)
			return vectors{list}, err
		}),
		methodPull: func(ctx context.Context, r *protocol.Request) (any, error) { return servePull(ctx, g, r) },
		methodChat: func(ctx context.Context, r *protocol.Request) (any, error) { return serveChat(ctx, g, r) },
	}
}

// answering decodes the body of a request that has no stream.
func answering(reply func(ctx context.Context, in ask) (any, error)) protocol.HandlerFunc {
	return func(ctx context.Context, r *protocol.Request) (any, error) {
		var in ask
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		return reply(ctx, in)
	}
}

func servePull(ctx context.Context, g Gateway, r *protocol.Request) (any, error) {
	var in ask
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	return nil, g.Pull(ctx, in.Service, in.Model, func(p Progress) error { return r.Emit(ctx, p) })
}

func serveChat(ctx context.Context, g Gateway, r *protocol.Request) (any, error) {
	var in ask
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.Chat == nil {
		return nil, fault.New(fault.Invalid, "the request holds no chat").WithField("chat")
	}
	return g.Chat(ctx, in.Service, *in.Chat, func(d ChatDelta) error { return r.Emit(ctx, d) })
}
