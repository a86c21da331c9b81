package protocol_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

func TestAskingWithinAProcess(t *testing.T) {
	h := protocol.Mux{
		"double": func(_ context.Context, r *protocol.Request) (any, error) {
			var n int
			err := r.Decode(&n)
			return 2 * n, err
		},
		"count": func(ctx context.Context, r *protocol.Request) (any, error) {
			for i := range 3 {
				if err := r.Emit(ctx, i); err != nil {
					return nil, err
				}
			}
			return nil, nil //nolint:nilnil // a stream answers nothing
		},
	}
	n, err := protocol.Ask[int](t.Context(), h, "double", 21)
	require.NoError(t, err)
	assert.Equal(t, 42, n)
	_, err = protocol.Ask[string](t.Context(), h, "double", 21)
	assert.Equal(t, fault.Internal, fault.CodeOf(err), "it answers another type")
	_, err = protocol.Ask[int](t.Context(), h, "count", nil)
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err), "who asks takes no stream")
	_, err = protocol.Ask[int](t.Context(), h, "double", func() {})
	assert.Equal(t, fault.Internal, fault.CodeOf(err), "that is no JSON")

	var all []int
	require.NoError(t, protocol.Listen(t.Context(), h, "count", nil, func(n int) error { all = append(all, n); return nil }))
	assert.Equal(t, []int{0, 1, 2}, all)
	err = protocol.Listen(t.Context(), h, "count", nil, func(string) error { return nil })
	assert.Equal(t, fault.Internal, fault.CodeOf(err), "it sends another type")
	stop := fault.New(fault.Canceled, "enough")
	assert.ErrorIs(t, protocol.Listen(t.Context(), h, "count", nil, func(int) error { return stop }), stop)
}
