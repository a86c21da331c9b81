package tracing

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Area has the operations of the HTTP API that are registered after it told of: programs use it where views use calls. A
// request that brings the header traceparent (W3C) belongs to the caller's trace. Of the others those that change or ask
// something begin one; what only reads would soon be all that is kept.
func (t *Tracer) Area(doc huma.API) { doc.UseMiddleware(t.request) }

func (t *Tracer) request(h huma.Context, next func(huma.Context)) {
	ctx := propagation.TraceContext{}.Extract(h.Context(), header{h})
	name, begin := h.Operation().Method+" "+h.Operation().Path, t.Begin
	switch {
	case trace.SpanContextFromContext(ctx).IsValid():
		begin = t.Start
	case h.Method() == http.MethodGet || h.Method() == http.MethodHead:
		next(h)
		return
	}
	ctx, span := begin(ctx, name)
	next(huma.WithContext(h, ctx))
	if status := h.Status(); status != 0 { // it is not known of an operation that answers by itself
		span.End(nil, attribute.Int("http.response.status_code", status))
		return
	}
	span.End(nil)
}

// header is a request's, as OpenTelemetry reads it.
type header struct{ huma.Context }

// Get reads a field.
func (h header) Get(key string) string { return h.Header(key) }

// Set is for requests that go out; none does by this.
func (header) Set(string, string) {}

// Keys names the fields that are read.
func (header) Keys() []string { return propagation.TraceContext{}.Fields() }
