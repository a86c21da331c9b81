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

// EventStep tells whoever shows traces of a Step; who does not passes it over.
const EventStep = "trace.step"

// StepBatch is the name of a Step that is a batch of a store; all others have that of a method.
const StepBatch = "store batch"

// Step is something that was done for a trace by a program that shows none itself.
type Step struct {
	Trace string `json:"trace"`           // see Traced
	Name  string `json:"name"`            // a method, or StepBatch
	At    int64  `json:"at"`              // when it began, in milliseconds since 1970
	Took  int64  `json:"took"`            // microseconds
	Fault string `json:"fault,omitempty"` // its code
}
