package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/wasm/runtime"
)

// heard is a kai that keeps what it is told of traces.
type heard struct{ steps []protocol.Step }

func (h *heard) dial(context.Context) (protocol.Conn, error) {
	near, far := protocol.Pipe()
	peer := protocol.NewPeer(far, protocol.Options{
		Hello: protocol.Hello{App: "kai", Version: "9.9.9"},
		Event: func(_ context.Context, method string, body json.RawMessage) {
			var s protocol.Step
			if method == protocol.EventStep && json.Unmarshal(body, &s) == nil {
				h.steps = append(h.steps, s)
			}
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-peer.Done(); cancel() }()
	go func() { _ = peer.Run(ctx) }()
	return closing{near, cancel}, nil
}

// kai is told of what the program does for a trace: the calls that it answers, and the batches of its store.
func TestKaiIsToldOfTheStepsOfATrace(t *testing.T) {
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736 popup 1 settings.set"
	h := &heard{}
	start(t, func(d *runtime.Deps) { d.Dial = h.dial }, func(w *world) {
		synctest.Wait()
		ctx := protocol.Traced(context.Background(), trace)
		_, err := w.Serve(ctx, protocol.NewRequest(assistant.MethodSettingsSet, json.RawMessage(`{"theme":"dark"}`), nil))
		require.NoError(t, err)
		_, err = w.Serve(context.Background(), protocol.NewRequest(assistant.MethodSnapshot, nil, nil))
		require.NoError(t, err)
		_, err = w.Serve(ctx, protocol.NewRequest("planted.method", nil, nil))
		require.Error(t, err)
		began := time.Now()
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble
		w.Wrote(ctx, began, errors.New("full"))
		synctest.Wait()
		require.Len(t, h.steps, 3, "what has no trace is not told")
		assert.Equal(t, []string{assistant.MethodSettingsSet, "planted.method", protocol.StepBatch}, []string{h.steps[0].Name, h.steps[1].Name, h.steps[2].Name})
		assert.Equal(t, []string{"", "not_found", "internal"}, []string{h.steps[0].Fault, h.steps[1].Fault, h.steps[2].Fault})
		assert.Equal(t, protocol.Step{Trace: trace, Name: protocol.StepBatch, At: began.UnixMilli(), Took: 1_000_000, Fault: "internal"}, h.steps[2])
	})
}
