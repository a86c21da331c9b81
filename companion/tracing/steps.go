package tracing

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Step tells of what the program of a browser did by itself: a call that it answered, or a batch of its store. What does not
// look like one is left out, and its time is believed as far as a view's is.
func (t *Tracer) Step(body json.RawMessage) {
	var s protocol.Step
	if json.Unmarshal(body, &s) != nil {
		return
	}
	o, ok := parse(s.Trace, t.opt.Now())
	began, took := time.UnixMilli(s.At), time.Duration(s.Took)*time.Microsecond
	now := t.opt.Now()
	if !ok || s.Took < 0 || s.Took > longestCall.Microseconds() || began.After(now) || began.Before(now.Add(-longestCall)) {
		return
	}
	name := s.Name
	switch {
	case name == protocol.StepBatch:
		if !t.counts(o.trace) {
			return
		}
	case !isMethod(name):
		return
	}
	_, span := t.tracer.Start(t.under(context.Background(), o, name, began), "browser: "+name, trace.WithTimestamp(began))
	switch code := strings.ReplaceAll(s.Fault, "_", "."); {
	case s.Fault == "":
	case isMethod(code): // it looks like a code, which is no more than words either
		span.SetStatus(codes.Error, s.Fault)
	default:
		span.SetStatus(codes.Error, string(fault.Internal))
	}
	span.End(trace.WithTimestamp(began.Add(took)))
}
