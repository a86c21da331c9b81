package app_test

import (
	"bytes"
	"slices"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/devtools"
	"github.com/kindos/kai/companion/tracing"
)

// traced finds the latest trace of a request of a program, in which something else has followed.
func (p *program) traced(name, followed string) {
	p.t.Helper()
	all := read[devtools.TraceList](p, 200, "GET", "/api/debug/traces", nil)
	at := slices.IndexFunc(all.Traces, func(t tracing.Trace) bool { return t.Name == name })
	require.GreaterOrEqual(p.t, at, 0, "%s is in no trace", name)
	steps := read[[]tracing.Step](p, 200, "GET", "/api/debug/traces/"+all.Traces[at].ID, nil)
	assert.True(p.t, slices.ContainsFunc(steps, func(s tracing.Step) bool { return s.Name == followed }), "%+v", steps)
}

// untraced demands that a request that was made is in no trace: what only reads begins none.
func (p *program) untraced(name string) {
	p.t.Helper()
	all := read[devtools.TraceList](p, 200, "GET", "/api/debug/traces", nil)
	assert.False(p.t, slices.ContainsFunc(all.Traces, func(t tracing.Trace) bool { return t.Name == name }), name)
}

// joins asks with a trace of the caller's own, as programs that have traces do, and finds the request in it.
func (p *program) joins(method, path, name string, body []byte) {
	p.t.Helper()
	const id, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	p.send(method, path, bytes.NewReader(body), map[string]string{"traceparent": "00-" + id + "-" + span + "-01", "Content-Type": "application/json"})
	steps := read[[]tracing.Step](p, 200, "GET", "/api/debug/traces/"+id, nil)
	at := slices.IndexFunc(steps, func(s tracing.Step) bool { return s.Name == name })
	require.GreaterOrEqual(p.t, at, 0, "%+v", steps)
	assert.Equal(p.t, span, steps[at].Parent)
}
