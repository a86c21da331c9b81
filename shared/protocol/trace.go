package protocol

import "context"

type traceKey struct{}

// Traced gives a ctx whose requests say for which of a person's doings they are made, so that all that follows from one click
// can be seen together. A trace is a W3C trace id (32 hexadecimal digits); behind it, after spaces, may stand which view began
// it and when, in milliseconds since 1970. Only who shows traces looks into it; all others pass it on, and it has no say in
// anything. One that is longer than an id may be is none.
func Traced(ctx context.Context, trace string) context.Context {
	if trace == "" || len(trace) > maxIDLength {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, trace)
}

// TraceOf is the trace of a ctx; empty for none.
func TraceOf(ctx context.Context) string {
	trace, _ := ctx.Value(traceKey{}).(string)
	return trace
}
