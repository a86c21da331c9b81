// Package tracing keeps what followed from each of a person's doings: from the view, over the calls between the parts, to the
// request that reached a model server, each with when it began and how long it took (specification: recent traces of
// devtools-agent).
//
// A view names each of its calls by a W3C trace id, which travels in protocol.Envelope. Spans are made with OpenTelemetry, the
// latest are kept in memory, nothing is written to disk, and nothing leaves unless the standard variables of OTLP name
// where to (see Export). A span has names, times and the codes of faults: never a text, a key, a path of a service's address,
// or the words of an error. What has no trace is not looked at, but for requests of programs. Imports
// shared/{fault,protocol,record,service,store}, companion/queue, huma and go.opentelemetry.io/otel.
package tracing

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Options of a tracer.
type Options struct {
	Version string
	Export  Export // where spans are sent, too
	Now     func() time.Time
	Log     *slog.Logger
}

// Tracer makes spans and keeps the latest.
type Tracer struct {
	opt      Options
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	kept     *ring

	mu      sync.Mutex // guards all below
	begun   map[trace.TraceID]struct{}
	batches map[trace.TraceID]int // how many each has told of
}

// scope is what OpenTelemetry calls the maker of spans.
const scope = "github.com/kindos/kai/companion/tracing"

// mostBegun bounds the memory of which traces were heard of.
const mostBegun = 1000

// New makes a tracer. Close ends it.
func New(opt Options) *Tracer {
	t := &Tracer{opt: opt, kept: &ring{}, begun: map[trace.TraceID]struct{}{}, batches: map[trace.TraceID]int{}}
	options := []sdk.TracerProviderOption{
		sdk.WithSampler(sdk.AlwaysSample()), sdk.WithIDGenerator(ids{}), sdk.WithSpanProcessor(t.kept),
		sdk.WithResource(resource.Empty()),
	}
	if opt.Export.On() {
		options = append(options, sdk.WithBatcher(newExporter(opt)))
	}
	t.provider = sdk.NewTracerProvider(options...)
	t.tracer = t.provider.Tracer(scope)
	return t
}

// Exports says whether spans are sent somewhere.
func (t *Tracer) Exports() bool { return t.opt.Export.On() }

// Close sends what is left to send, within ctx.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Span is something that goes on. The zero Span is none.
type Span struct {
	span trace.Span
	now  func() time.Time
}

// End ends it. Of an error only the code is kept: its words may repeat what a person wrote.
func (s Span) End(err error, more ...attribute.KeyValue) {
	if s.span == nil {
		return
	}
	s.span.SetAttributes(more...)
	if err != nil {
		s.span.SetStatus(codes.Error, string(fault.CodeOf(err)))
	}
	s.span.End(trace.WithTimestamp(s.now()))
}

// Start begins a span under what ctx carries. Without a trace there is none, and ctx stays as it was.
func (t *Tracer) Start(ctx context.Context, name string, more ...attribute.KeyValue) (context.Context, Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		text := protocol.TraceOf(ctx)
		if text == "" {
			return ctx, Span{}
		}
		o, ok := parse(text, t.opt.Now())
		if !ok {
			return ctx, Span{}
		}
		ctx = t.under(ctx, o, name, t.opt.Now())
	}
	return t.start(ctx, name, more)
}

// Begin begins a trace that no view began.
func (t *Tracer) Begin(ctx context.Context, name string, more ...attribute.KeyValue) (context.Context, Span) {
	return t.start(trace.ContextWithSpanContext(ctx, trace.SpanContext{}), name, more)
}

// start begins a span. What is done in ctx's name elsewhere, by goroutines that outlive it too, belongs under the span.
func (t *Tracer) start(ctx context.Context, name string, more []attribute.KeyValue) (context.Context, Span) {
	ctx, span := t.tracer.Start(ctx, name, trace.WithTimestamp(t.opt.Now()), trace.WithAttributes(more...))
	return protocol.Traced(ctx, onward(span.SpanContext())), Span{span, t.opt.Now}
}

// under gives a ctx whose spans belong to a trace. The first time it also tells of the view, by its clock, until what it
// asked for was reached.
func (t *Tracer) under(ctx context.Context, o origin, reached string, at time.Time) context.Context {
	parent := o.parent
	if !parent.IsValid() {
		parent = rootOf(o.trace)
		if t.first(o.trace) && o.view != "" {
			_, span := t.tracer.Start(withID(ctx, o.trace), o.name(reached), trace.WithNewRoot(), trace.WithTimestamp(o.began))
			span.End(trace.WithTimestamp(at))
		}
	}
	return trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: o.trace, SpanID: parent, TraceFlags: trace.FlagsSampled, Remote: true,
	}))
}

// first says whether a trace was not heard of before.
func (t *Tracer) first(id trace.TraceID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.begun[id]; known {
		return false
	}
	if len(t.begun) >= mostBegun {
		clear(t.begun) // a view's span may then be told twice
	}
	t.begun[id] = struct{}{}
	return true
}

// counts says whether a trace may tell of another batch, which it then does.
func (t *Tracer) counts(id trace.TraceID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.batches[id] >= MostBatches {
		return false
	}
	if len(t.batches) >= mostBegun {
		clear(t.batches) // those may tell of some more
	}
	t.batches[id]++
	return true
}

// idOf is the trace that ctx belongs to.
func idOf(ctx context.Context) (trace.TraceID, bool) {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		return s.TraceID(), true
	}
	word, _, _ := strings.Cut(protocol.TraceOf(ctx), " ")
	id, err := trace.TraceIDFromHex(word)
	return id, err == nil
}
