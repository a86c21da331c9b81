package tracing

import (
	"strconv"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// The JSON form of OTLP (opentelemetry-proto, trace/v1): ids in hexadecimal, times as texts of nanoseconds. OpenTelemetry's
// own exporter brings protobuf and gRPC, 4 MB of memory for who sends nothing.

type members = map[string]any

// otlp is the body that spans are sent in.
func otlp(version string, spans []sdk.ReadOnlySpan) members {
	out := make([]any, len(spans))
	for i, s := range spans {
		out[i] = otlpSpan(s)
	}
	return members{"resourceSpans": []any{members{
		"resource":   members{"attributes": source(version)},
		"scopeSpans": []any{members{"scope": members{"name": scope}, "spans": out}},
	}}}
}

func otlpSpan(s sdk.ReadOnlySpan) members {
	const internal, failed = 1, 2 // SPAN_KIND_INTERNAL, STATUS_CODE_ERROR
	out := members{
		"traceId": s.SpanContext().TraceID().String(), "spanId": s.SpanContext().SpanID().String(), "name": s.Name(), "kind": internal,
		"startTimeUnixNano": nanos(s.StartTime()), "endTimeUnixNano": nanos(s.EndTime()),
	}
	if s.Parent().SpanID().IsValid() {
		out["parentSpanId"] = s.Parent().SpanID().String()
	}
	if s.Status().Code == codes.Error {
		out["status"] = members{"code": failed, "message": s.Status().Description}
	}
	more := []any{}
	for _, kv := range s.Attributes() {
		more = append(more, attributeOf(string(kv.Key), kv.Value.String()))
	}
	out["attributes"] = more
	return out
}

func attributeOf(key, text string) members {
	return members{"key": key, "value": members{"stringValue": text}}
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }
