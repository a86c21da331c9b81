package tracing

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/kindos/kai/shared/fault"
)

// What is kept at most: some 300 bytes a span. While somebody looks for a fault (Tracer.Keep) it is more.
const (
	MostSpans  = 2048
	MostTraces = 300

	KeptSpans  = 10 * MostSpans
	KeptTraces = 10 * MostTraces
)

// Trace is what followed from one doing, at a glance.
type Trace struct {
	ID    string    `json:"id"`   // 32 hexadecimal digits
	Name  string    `json:"name"` // of its first span
	Start time.Time `json:"start"`
	Took  float64   `json:"ms"`              // milliseconds, until the end of its last span
	Fault string    `json:"fault,omitempty"` // the first code of a fault
	Spans int       `json:"spans"`
}

// Step is a span as it is shown. Parent is the id of the span that it belongs to, "" for none.
type Step struct {
	ID     string            `json:"id"`
	Parent string            `json:"parent,omitempty"`
	Name   string            `json:"name"`
	Start  time.Time         `json:"start"`
	Took   float64           `json:"ms"`
	Fault  string            `json:"fault,omitempty"`
	More   map[string]string `json:"more,omitempty"`
}

// span is one in the ring.
type span struct {
	trace      trace.TraceID
	id, parent trace.SpanID
	name       string
	began      time.Time
	took       time.Duration
	fault      string
	more       []attribute.KeyValue
}

// ring keeps the latest spans that have ended. It is a span processor of OpenTelemetry's.
type ring struct {
	mu    sync.Mutex // guards all below
	spans []span     // a few more than are kept, so that they are moved seldom
	keeps bool       // more than usually
}

// most is how many spans and traces are kept. Needs mu.
func (r *ring) most() (spans, traces int) {
	if r.keeps {
		return KeptSpans, KeptTraces
	}
	return MostSpans, MostTraces
}

// keep says whether more are kept from now on.
func (r *ring) keep(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeps = on
	r.trim(0)
}

// trim forgets the oldest, once there are slack too many. Needs mu.
func (r *ring) trim(slack int) {
	most, _ := r.most()
	if len(r.spans) > most+slack {
		r.spans = append(make([]span, 0, most+most/8), r.spans[len(r.spans)-most:]...)
	}
}

// OnStart has nothing to do: what goes on is not kept.
func (*ring) OnStart(context.Context, sdk.ReadWriteSpan) {}

// OnEnd keeps a span.
func (r *ring) OnEnd(s sdk.ReadOnlySpan) {
	one := span{
		trace: s.SpanContext().TraceID(), id: s.SpanContext().SpanID(), parent: s.Parent().SpanID(),
		name: s.Name(), began: s.StartTime(), took: s.EndTime().Sub(s.StartTime()), more: s.Attributes(),
	}
	if s.Status().Code == codes.Error {
		one.fault = s.Status().Description
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = append(r.spans, one)
	r.trim(MostSpans / 8)
}

// Shutdown has nothing to do.
func (*ring) Shutdown(context.Context) error { return nil }

// ForceFlush has nothing to do.
func (*ring) ForceFlush(context.Context) error { return nil }

// all gives what is kept, by when it began.
func (r *ring) all() []span {
	r.mu.Lock()
	most, _ := r.most()
	out := slices.Clone(r.spans[max(len(r.spans)-most, 0):])
	r.mu.Unlock()
	slices.SortStableFunc(out, func(x, y span) int { return cmp.Or(x.began.Compare(y.began), cmp.Compare(y.took, x.took)) })
	return out
}

// Traces lists the latest traces, the newest first.
func (t *Tracer) Traces() []Trace {
	at := map[trace.TraceID]int{}
	out := []Trace{}
	for _, s := range t.kept.all() {
		i, known := at[s.trace]
		if !known {
			i = len(out)
			at[s.trace] = i
			out = append(out, Trace{ID: s.trace.String(), Name: s.name, Start: s.began})
		}
		one := &out[i]
		one.Spans++
		one.Took = max(one.Took, milliseconds(s.began.Add(s.took).Sub(one.Start)))
		one.Fault = cmp.Or(one.Fault, s.fault)
	}
	slices.Reverse(out)
	t.kept.mu.Lock()
	_, most := t.kept.most()
	t.kept.mu.Unlock()
	return out[:min(len(out), most)]
}

// Keep says whether ten times as much is kept from now on, for as long as somebody looks for a fault. Afterwards it is the
// latest again.
func (t *Tracer) Keep(on bool) { t.kept.keep(on) }

// Trace lists the spans of a trace that have ended, by when they began; none when it is not known (any more).
func (t *Tracer) Trace(id string) []Step {
	out := []Step{}
	for _, s := range t.kept.all() {
		if s.trace.String() != id {
			continue
		}
		step := Step{ID: s.id.String(), Name: s.name, Start: s.began, Took: milliseconds(s.took), Fault: s.fault}
		if s.parent.IsValid() {
			step.Parent = s.parent.String()
		}
		for _, kv := range s.more {
			if step.More == nil {
				step.More = map[string]string{}
			}
			step.More[string(kv.Key)] = kv.Value.String()
		}
		out = append(out, step)
	}
	return out
}

// Unknown is the answer for a trace that is not kept.
func Unknown() error {
	return fault.New(fault.NotFound, "no such trace is kept (any more)").WithRemedy("kai debug traces lists those that are")
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
