package tracing

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// longestCall bounds how far back a view's clock may say that a call began; one that lies, or is of another computer that
// tells another time, is taken to have begun now.
const longestCall = 10 * time.Minute

// origin is what a trace says of itself (protocol.Traced): the id, then either the view, when it began and the method that
// it called, or "span" and the span under which the rest belongs.
type origin struct {
	trace  trace.TraceID
	view   string // "" for none
	began  time.Time
	method string
	parent trace.SpanID
}

// parse reads one. What is no trace id is no trace; all else that does not fit is left out.
func parse(text string, now time.Time) (origin, bool) {
	words := strings.Split(text, " ")
	id, err := trace.TraceIDFromHex(words[0])
	if err != nil || len(words) > 4 {
		return origin{}, false
	}
	o := origin{trace: id, began: now}
	words = append(words[1:], "", "", "")
	if words[0] == "span" {
		o.parent, _ = trace.SpanIDFromHex(words[1]) // another text is no span
		return o, true
	}
	if slices.Contains([]string{"popup", "sidepanel", "tab"}, words[0]) {
		o.view = words[0]
	}
	if millis, err := strconv.ParseInt(words[1], 10, 64); err == nil {
		if at := time.UnixMilli(millis); at.Before(now) && at.After(now.Add(-longestCall)) {
			o.began = at
		}
	}
	if isMethod(words[2]) {
		o.method = words[2]
	}
	return o, true
}

// name is what the view's own span is called: what it asked for, until kai was reached.
func (o origin) name(reached string) string {
	if o.method == "" {
		return o.view + ": " + reached
	}
	return o.view + ": " + o.method
}

// isMethod says whether a text looks like a method: up to three words of letters with dots between. A caller can ask for one
// that is none, so no other text is taken for a name.
func isMethod(text string) bool {
	words := strings.Split(text, ".")
	foreign := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	return len(words) <= 3 && !slices.ContainsFunc(words, func(word string) bool {
		return word == "" || len(word) > 16 || strings.ContainsFunc(word, foreign)
	})
}

// onward is what a call inside a span passes on.
func onward(s trace.SpanContext) string { return s.TraceID().String() + " span " + s.SpanID().String() }

// rootOf is the id of a view's span. It follows from the trace's, so that all who hear of a trace agree.
func rootOf(id trace.TraceID) (out trace.SpanID) {
	copy(out[:], id[:])
	if !out.IsValid() {
		out[0] = 1
	}
	return out
}

type idKey struct{}

// withID has the next root be a view's span of this trace.
func withID(ctx context.Context, id trace.TraceID) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// ids makes ids by chance, and those of views' spans from their trace.
type ids struct{}

// NewIDs gives those of a root.
func (ids) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	if given, ok := ctx.Value(idKey{}).(trace.TraceID); ok {
		return given, rootOf(given)
	}
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return id, ids{}.NewSpanID(ctx, id)
}

// NewSpanID gives that of another span.
func (ids) NewSpanID(context.Context, trace.TraceID) (span trace.SpanID) {
	_, _ = rand.Read(span[:])
	return span
}
