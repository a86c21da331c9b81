package metrics

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/service"
)

// gateway counts what passes to another one.
type gateway struct {
	service.Gateway
	keeper *Keeper
}

// Counts puts the counting of questions before a gateway: answers and embeddings, whoever asked for them.
func (k *Keeper) Counts(next service.Gateway) service.Gateway { return gateway{next, k} }

// Embed turns texts into vectors.
func (g gateway) Embed(ctx context.Context, s service.Spec, model string, texts []string) ([][]float32, error) {
	g.keeper.count(counts{requests: 1})
	out, err := g.Gateway.Embed(ctx, s, model, texts)
	g.keeper.count(counts{failed: failed(ctx, err)})
	return out, err
}

// Chat streams an answer. Where the service does not say how many tokens it had and how long they took, the pieces are
// counted, which are mostly single tokens, and the time from the first.
func (g gateway) Chat(ctx context.Context, s service.Spec, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	g.keeper.count(counts{requests: 1})
	var pieces int64
	var first time.Time
	result, err := g.Gateway.Chat(ctx, s, r, func(d service.ChatDelta) error {
		if pieces == 0 {
			first = g.keeper.opt.Now()
		}
		pieces++
		return emit(d)
	})
	c := counts{failed: failed(ctx, err), tokens: int64(result.Tokens), millis: result.Took.Milliseconds()}
	if c.tokens == 0 {
		c.tokens = pieces
	}
	if c.millis <= 0 && pieces > 0 {
		c.millis = g.keeper.opt.Now().Sub(first).Milliseconds()
	}
	g.keeper.count(c)
	return result, err
}

// failed counts an error. A question that somebody stopped did not fail.
func failed(ctx context.Context, err error) int64 {
	if err == nil || ctx.Err() != nil {
		return 0
	}
	return 1
}
