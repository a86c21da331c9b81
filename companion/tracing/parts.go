package tracing

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
)

// Calls tells of the calls that a handler answers.
func (t *Tracer) Calls(next protocol.Handler) protocol.Handler {
	return protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		if protocol.TraceOf(ctx) == "" {
			return next.Serve(ctx, r)
		}
		name := "an unknown method"
		if isMethod(r.Method) {
			name = r.Method
		}
		ctx, span := t.Start(ctx, name)
		out, err := next.Serve(ctx, r)
		span.End(err)
		return out, err
	})
}

// Task tells of each try of a task, which is a trace of its own.
func (t *Tracer) Task(k queue.Kind) queue.Kind {
	do := k.Do
	k.Do = func(ctx context.Context, w *queue.Work) error {
		ctx, span := t.Begin(ctx, "task "+k.Name, attribute.Int64("kai.task", w.Task.ID))
		err := do(ctx, w)
		span.End(err)
		return err
	}
	return k
}

// Runs tells of the making of answers.
func (t *Tracer) Runs(next service.Gateway) service.Gateway { return gateway{next, t} }

type gateway struct {
	service.Gateway
	tracer *Tracer
}

// Chat makes one answer.
func (g gateway) Chat(ctx context.Context, s service.Spec, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	ctx, span := g.tracer.Start(ctx, "run")
	out, err := g.Gateway.Chat(ctx, s, r, emit)
	span.End(err, attribute.Int("kai.tokens", out.Tokens))
	return out, err
}

// Transport tells of the requests to services. One on this computer is told the trace, in the header traceparent (W3C), so
// that its own traces join; no other is, because it would learn which requests belong together.
func (t *Tracer) Transport(next service.Transport) service.Transport { return transport{next, t} }

type transport struct {
	next   service.Transport
	tracer *Tracer
}

// Do makes one exchange. Its span ends with the body.
func (tr transport) Do(ctx context.Context, r *service.Request) (*service.Response, error) {
	host, here := where(r.URL)
	ctx, span := tr.tracer.Start(ctx, "HTTP "+r.Method, attribute.String("server.address", host))
	if span.span == nil {
		return tr.next.Do(ctx, r)
	}
	if here {
		header := maps.Clone(r.Header)
		if header == nil {
			header = map[string]string{}
		}
		s := trace.SpanContextFromContext(ctx)
		header["traceparent"] = "00-" + s.TraceID().String() + "-" + s.SpanID().String() + "-01"
		r = &service.Request{Method: r.Method, URL: r.URL, Header: header, Body: r.Body}
	}
	response, err := tr.next.Do(ctx, r)
	if err != nil {
		span.End(err)
		return nil, err
	}
	out := *response
	out.Body = &body{ReadCloser: response.Body, end: func(err error) {
		span.End(err, attribute.Int("http.response.status_code", response.Status))
	}}
	return &out, nil
}

// Listen keeps a WebSocket open; see service.Listener. It has no span: it tells of work that has its own.
func (tr transport) Listen(ctx context.Context, r *service.Request, heard func(text []byte)) error {
	if next, ok := tr.next.(service.Listener); ok {
		return next.Listen(ctx, r, heard)
	}
	return fault.New(fault.Unsupported, "WebSockets to services are not to be had here").WithRemedy("go on without")
}

// where is the host and port of an address, and whether that is this computer. The rest may hold secrets.
func where(address string) (host string, here bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	name := u.Hostname()
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return u.Host, true
	}
	ip, err := netip.ParseAddr(name)
	return u.Host, err == nil && ip.IsLoopback()
}

// body is a response's, whose end is the span's.
type body struct {
	io.ReadCloser
	once   sync.Once
	end    func(error)
	failed error
}

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader's contract
		b.failed = err
	}
	return n, err
}

// Close ends the exchange.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(func() { b.end(b.failed) })
	return err
}
