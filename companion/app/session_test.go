package app_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/shared/protocol"
)

// As long as a debug session goes on, the traces of what is looked into are kept; afterwards only the latest are.
func TestADebugSessionKeepsTraces(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	peer := hosted(t, dir)
	listed := func() int {
		var out app.Traces
		require.NoError(t, peer.Call(t.Context(), app.MethodTraces, app.Traces{}, &out))
		return len(out.Traces)
	}
	const many = tracing.MostTraces + 20
	ask := func(from int) {
		for n := range many {
			ctx := protocol.Traced(t.Context(), fmt.Sprintf("%032x tab 1 kai.status", from+n+1))
			require.NoError(t, peer.Call(ctx, app.MethodStatus, nil, nil))
		}
	}
	ask(0)
	assert.Equal(t, tracing.MostTraces, listed())
	require.NoError(t, peer.Call(t.Context(), app.MethodEnable, nil, nil))
	ask(many)
	assert.GreaterOrEqual(t, listed(), many)
	require.NoError(t, peer.Call(t.Context(), app.MethodDisable, nil, nil))
	assert.Equal(t, tracing.MostTraces, listed())
}
