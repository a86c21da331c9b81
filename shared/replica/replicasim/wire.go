package replicasim

import (
	"context"

	"github.com/kindos/kai/shared/replica"
)

// fate is what becomes of a request.
type fate int

const (
	arrives fate = iota
	lost         // on the way there
	silent       // on the way back
	twice
	delayed // it arrives when its sender has given up
)

// wire is a connection that loses, delays and repeats.
type wire struct{ x *exchange }

func (c *wire) fate() fate {
	w := c.x.dialer.w
	if w.calm {
		return arrives
	}
	f := fate(max(0, c.x.rng.IntN(60)-55))
	if f != arrives {
		w.faulty = true
	}
	return f
}

// call passes one request and its answer. It asks for the server at the moment of arrival: it may be another life's.
func call[T any](c *wire, do func(replica.Exchange) (T, error)) (T, error) {
	var none T
	w, to := c.x.dialer.w, c.x.answerer
	if !c.x.pause() {
		return none, errKilled
	}
	f := c.fate()
	switch f {
	case lost:
		return none, errCut
	case delayed:
		w.late = append(w.late, func() { _, _ = do(to.life.server) }) // nobody waits for the answer
		return none, errCut
	case twice:
		_, _ = do(to.life.server) // only the second answer is heard
	default:
	}
	out, err := do(to.life.server)
	if !c.x.pause() {
		return none, errKilled
	}
	if f == silent {
		return none, errCut
	}
	return out, err
}

// Hello passes on.
func (c *wire) Hello(ctx context.Context) (replica.Identity, error) {
	return call(c, func(s replica.Exchange) (replica.Identity, error) { return s.Hello(ctx) })
}

// Open passes on.
func (c *wire) Open(ctx context.Context, in replica.Open) (replica.Opened, error) {
	return call(c, func(s replica.Exchange) (replica.Opened, error) { return s.Open(ctx, in) })
}

// Push passes on.
func (c *wire) Push(ctx context.Context, in replica.Push) (replica.Pushed, error) {
	news := c.x.dialer.w.truth.sent(c.x.dialer, c.x.answerer, in.Page.Records)
	out, err := call(c, func(s replica.Exchange) (replica.Pushed, error) { return s.Push(ctx, in) })
	if err == nil && out.Taken == in.Page.To {
		c.x.dialer.w.truth.arrived(c.x.dialer, c.x.answerer, news)
	}
	return out, err
}

// Missing passes on.
func (c *wire) Missing(ctx context.Context, in replica.Missing) (replica.Absent, error) {
	return call(c, func(s replica.Exchange) (replica.Absent, error) { return s.Missing(ctx, in) })
}

// Pull passes pages on one by one; the connection may be cut between them.
func (c *wire) Pull(ctx context.Context, in replica.Pull, take func(replica.Page) error) error {
	pages, err := call(c, func(s replica.Exchange) ([]replica.Page, error) {
		var out []replica.Page
		err := s.Pull(ctx, in, func(p replica.Page) error { out = append(out, p); return nil })
		return out, err
	})
	for _, p := range pages {
		if !c.x.pause() {
			return errKilled
		}
		if c.fate() == lost {
			return errCut
		}
		news := c.x.dialer.w.truth.sent(c.x.answerer, c.x.dialer, p.Records)
		if err := take(p); err != nil {
			return err
		}
		c.x.dialer.w.truth.arrived(c.x.answerer, c.x.dialer, news)
	}
	return err
}
