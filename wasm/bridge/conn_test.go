package bridge_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/wasm/bridge"
)

func open(post func(string) error) (*bridge.Conn, *atomic.Int32) {
	closed := new(atomic.Int32)
	return bridge.NewConn(post, func() { closed.Add(1) }), closed
}

func TestFramesArriveInOrderAndOutliveTheirSender(t *testing.T) {
	ctx, c := context.Background(), (*bridge.Conn)(nil)
	c, _ = open(nil)
	c.Push("one")
	c.Push("two")
	c.End(nil)
	for _, want := range []string{"one", "two"} {
		got, err := c.Receive(ctx)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	_, err := c.Receive(ctx)
	require.ErrorIs(t, err, io.EOF)
}

func TestReceiveWaitsForAFrameItsContextOrTheEnd(t *testing.T) {
	c, _ := open(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.Receive(ctx)
	require.ErrorIs(t, err, context.Canceled)

	got := make(chan string)
	go func() {
		frame, _ := c.Receive(context.Background()) // the frame is what is asserted
		got <- string(frame)
	}()
	c.Push("late")
	require.Equal(t, "late", <-got)

	why := errors.New("host not found")
	go c.End(why)
	_, err = c.Receive(context.Background())
	require.ErrorIs(t, err, why)
}

func TestCloseIsIdempotentAndUnblocksBothDirections(t *testing.T) {
	c, closed := open(func(string) error { return nil })
	c.Push("never read")
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	_, err := c.Receive(context.Background())
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, fault.Unavailable, fault.CodeOf(c.Send(context.Background(), []byte("x"))))
	require.Positive(t, closed.Load())
}

func TestAPortThatThrowsIsGone(t *testing.T) {
	c, _ := open(func(string) error { return errors.New("Attempting to use a disconnected port object") })
	require.Equal(t, fault.Unavailable, fault.CodeOf(c.Send(context.Background(), []byte("x"))))
}

func TestAFloodIsCutOff(t *testing.T) {
	c, closed := open(nil)
	frame := strings.Repeat("x", 1<<20)
	for range bridge.MaxWaiting>>20 + 1 {
		c.Push(frame)
	}
	require.EqualValues(t, 1, closed.Load())
	var err error
	for err == nil {
		_, err = c.Receive(context.Background())
	}
	require.Equal(t, fault.Exhausted, fault.CodeOf(err))
}

func TestAHubServesAViewUntilItLeaves(t *testing.T) {
	served := make(chan string, 1)
	hub := bridge.NewHub(protocol.Hello{App: "kai-runtime"}, protocol.HandlerFunc(
		func(_ context.Context, r *protocol.Request) (any, error) {
			served <- r.Method
			return map[string]int{"answer": 42}, nil
		}), logs.Discard())
	here, there := protocol.Pipe()
	hub.Serve(context.Background(), here, "tab")
	view := protocol.NewPeer(there, protocol.Options{Hello: protocol.Hello{App: "kai-view"}})
	left := make(chan error, 1)
	go func() { left <- view.Run(context.Background()) }()
	var out struct{ Answer int }
	require.NoError(t, view.Call(context.Background(), "question", nil, &out))
	require.Equal(t, 42, out.Answer)
	require.Equal(t, "question", <-served)
	require.NoError(t, there.Close())
	<-left //nolint:errcheck // only that it ended counts
	hub.Wait()
}
