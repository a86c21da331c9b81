package exchange

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Body is an answer being read. A server that says nothing for too long ends it with fault.Timeout; the time that the
// reader itself takes between reads does not count. Close ends the exchange at the server too.
type Body struct {
	ctx     context.Context // the caller's
	client  *Client
	inner   context.Context // ends with the caller's, by Close, or by silence
	cancel  context.CancelCauseFunc
	silence Silence
	begun   bool // a byte came

	res   *service.Response
	close sync.Once
}

func newBody(ctx context.Context, c *Client, s Silence) *Body {
	inner, cancel := context.WithCancelCause(ctx)
	return &Body{ctx: ctx, client: c, inner: inner, cancel: cancel, silence: s}
}

// send makes the exchange and waits for the status.
func (b *Body) send(r *service.Request) (*service.Response, error) {
	stop := b.watch(b.silence.First)
	res, err := b.client.Transport.Do(b.inner, r)
	stop()
	if err != nil {
		return nil, b.explain(err, false)
	}
	b.res = res
	return res, nil
}

// ContentType is the answer's content type in the server's own words.
func (b *Body) ContentType() string { return b.res.Header["content-type"] }

// Read reads the answer; see Body for how it ends.
func (b *Body) Read(p []byte) (int, error) {
	limit := b.silence.First
	if b.begun {
		limit = b.silence.Idle
	}
	stop := b.watch(limit)
	n, err := b.res.Body.Read(p)
	stop()
	b.begun = b.begun || n > 0
	if err != nil && !errors.Is(err, io.EOF) {
		return n, b.explain(err, true)
	}
	return n, err
}

// Close ends the exchange. It may be called more than once.
func (b *Body) Close() {
	b.close.Do(func() {
		b.cancel(context.Canceled)
		if b.res != nil {
			_ = b.res.Body.Close() // nothing more is wanted of it
		}
	})
}

// watch ends the exchange if stop is not called within limit.
func (b *Body) watch(limit time.Duration) (stop func()) {
	timer := time.AfterFunc(limit, func() {
		b.cancel(fault.New(fault.Timeout, "%s said nothing for %s", b.client.Dialect.Name, spoken(limit)).
			WithRemedy("it may be busy loading a large model: try again, or restart it"))
	})
	return func() { timer.Stop() }
}

// explain says why an exchange broke: the caller ended it, the server went silent, or the connection failed.
func (b *Body) explain(err error, begun bool) error {
	if b.ctx.Err() != nil {
		return b.ctx.Err()
	}
	var silent *fault.Fault
	if errors.As(context.Cause(b.inner), &silent) {
		return silent
	}
	if begun {
		return fault.Wrap(fault.Unavailable, &broken{err}, "the connection to "+b.client.Dialect.Name+" broke in the middle of its answer").
			WithRemedy("ask again; what had arrived is kept")
	}
	return b.client.unreachable(err)
}

// broken marks a connection that ended in the middle of an answer: somebody does listen there.
type broken struct{ err error }

func (b *broken) Error() string { return b.err.Error() }

func (b *broken) Unwrap() error { return b.err }

func spoken(d time.Duration) string {
	if d >= time.Minute && d%time.Minute == 0 {
		if d == time.Minute {
			return "a minute"
		}
		return plural(int(d/time.Minute), "minutes")
	}
	if d >= time.Second && d%time.Second == 0 {
		return plural(int(d/time.Second), "seconds")
	}
	return d.String()
}
