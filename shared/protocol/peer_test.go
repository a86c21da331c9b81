package protocol_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// pair runs two peers over a pipe and ends them, and everything that they started, with the test.
func pair(t testing.TB, view, kai protocol.Options) (*protocol.Peer, *protocol.Peer) {
	t.Helper()
	a, b := protocol.Pipe()
	view.Hello.App, kai.Hello.App = "kai-view", "kai"
	left, right := protocol.NewPeer(a, view), protocol.NewPeer(b, kai)
	run(t, left)
	run(t, right)
	return left, right
}

// run runs p until the test ends; what Run returned comes out of the channel.
func run(t testing.TB, p *protocol.Peer) <-chan error {
	ended := make(chan error, 1)
	finished := make(chan struct{})
	go func() { defer close(finished); ended <- p.Run(context.Background()) }()
	t.Cleanup(func() { p.Close(); <-finished })
	return ended
}

func echo() protocol.Handler {
	return protocol.Mux{
		"echo": func(_ context.Context, r *protocol.Request) (any, error) { return r.Body, nil },
		"fail": func(context.Context, *protocol.Request) (any, error) {
			return nil, fault.New(fault.NotFound, "no such thing").WithField("id").WithRemedy("look elsewhere")
		},
		"secret": func(context.Context, *protocol.Request) (any, error) { return nil, errors.New("password is 1234") },
		"panic":  func(context.Context, *protocol.Request) (any, error) { panic("oh") },
		"count":  count,
		"wait": func(ctx context.Context, _ *protocol.Request) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
}

// count streams the numbers below the body's.
func count(ctx context.Context, r *protocol.Request) (any, error) {
	var n int
	if err := r.Decode(&n); err != nil {
		return nil, err
	}
	for i := range n {
		if err := r.Emit(ctx, i); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func TestARequestIsAnsweredByItsHandlerOrItsFault(t *testing.T) {
	view, _ := pair(t, protocol.Options{}, protocol.Options{Handler: echo()})
	var out string
	require.NoError(t, view.Call(t.Context(), "echo", "größe <b> \u2028 😀", &out))
	assert.Equal(t, "größe <b> \u2028 😀", out)

	for method, want := range map[string]fault.Code{
		"fail": fault.NotFound, "secret": fault.Internal, "panic": fault.Internal, "no.such": fault.Unsupported,
	} {
		err := view.Call(t.Context(), method, nil, nil)
		assert.Equal(t, want, fault.CodeOf(err), method)
		assert.NotContains(t, err.Error(), "1234", "causes stay on their side")
	}
	err := view.Call(t.Context(), "fail", nil, nil)
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	assert.Equal(t, "look elsewhere", f.Remedy)
	assert.Equal(t, "id", f.Field)
	assert.Contains(t, view.Call(t.Context(), "no.such", nil, nil).Error(), "no.such")
}

func TestRequestsGoBothWaysAtTheSameTime(t *testing.T) {
	view, kai := pair(t, protocol.Options{Handler: echo()}, protocol.Options{Handler: echo()})
	var a, b string
	require.NoError(t, view.Call(t.Context(), "echo", "to kai", &a))
	require.NoError(t, kai.Call(t.Context(), "echo", "to the view", &b))
	assert.Equal(t, []string{"to kai", "to the view"}, []string{a, b})
}

func TestAStreamArrivesWholeAndInOrder(t *testing.T) {
	view, _ := pair(t, protocol.Options{}, protocol.Options{Handler: echo()})
	var got []string
	var total int
	err := view.Stream(t.Context(), "count", 500, func(m json.RawMessage) error {
		got = append(got, string(m))
		return nil
	}, &total)
	require.NoError(t, err)
	assert.Equal(t, 500, total)
	require.Len(t, got, 500)
	for i, s := range got {
		require.Equal(t, fmt.Sprint(i), s)
	}
	require.NoError(t, view.Call(t.Context(), "count", 100, &total), "a call ignores chunks without stopping their writer")
}

func TestASlowReaderHoldsTheWriterBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int32
		view, _ := pair(t, protocol.Options{}, protocol.Options{Handler: protocol.HandlerFunc(
			func(ctx context.Context, r *protocol.Request) (any, error) {
				for range 200 {
					if err := r.Emit(ctx, "token"); err != nil {
						return nil, err
					}
					sent.Add(1)
				}
				return nil, nil
			})})
		next := make(chan struct{})
		finished := make(chan error, 1)
		go func() {
			finished <- view.Stream(t.Context(), "talk", nil, func(json.RawMessage) error { <-next; return nil }, nil)
		}()
		synctest.Wait()
		assert.EqualValues(t, protocol.InitialCredit, sent.Load(), "no more than the window without a reader")
		for range protocol.InitialCredit / 2 {
			next <- struct{}{}
		}
		synctest.Wait()
		assert.EqualValues(t, protocol.InitialCredit*3/2, sent.Load(), "consuming half a window grants half a window")
		close(next)
		require.NoError(t, <-finished)
		assert.EqualValues(t, 200, sent.Load())
	})
}

func TestCancellingReachesTheHandlerWhereverItWaits(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle protocol.HandlerFunc
	}{
		{"in its own work", func(ctx context.Context, _ *protocol.Request) (any, error) { <-ctx.Done(); return nil, ctx.Err() }},
		{"for credit", func(_ context.Context, r *protocol.Request) (any, error) {
			for {
				if err := r.Emit(context.Background(), 1); err != nil {
					return nil, err
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				view, _ := pair(t, protocol.Options{}, protocol.Options{Handler: protocol.HandlerFunc(
					func(ctx context.Context, r *protocol.Request) (any, error) {
						out, err := c.handle(ctx, r)
						ended <- err
						return out, err
					})})
				ctx, stop := context.WithCancel(t.Context())
				failed := make(chan error, 1)
				go func() {
					failed <- view.Stream(ctx, "long", nil, func(json.RawMessage) error { <-ctx.Done(); return nil }, nil)
				}()
				synctest.Wait()
				stop()
				assert.Equal(t, fault.Canceled, fault.CodeOf(<-failed))
				assert.Equal(t, fault.Canceled, fault.CodeOf(<-ended))
				require.NoError(t, view.Notify(t.Context(), "still", nil), "the connection lives on")
			})
		})
	}
}

func TestADeadlineIsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		view, _ := pair(t, protocol.Options{}, protocol.Options{Handler: echo()})
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		assert.Equal(t, fault.Timeout, fault.CodeOf(view.Call(ctx, "wait", nil, nil)))
	})
}

func TestAReaderThatFailsStopsTheWriter(t *testing.T) {
	ended := make(chan error, 1)
	view, _ := pair(t, protocol.Options{}, protocol.Options{Handler: protocol.HandlerFunc(
		func(ctx context.Context, r *protocol.Request) (any, error) {
			for {
				if err := r.Emit(ctx, 1); err != nil {
					ended <- err
					return nil, err
				}
			}
		})})
	mine := errors.New("the view is gone")
	err := view.Stream(t.Context(), "long", nil, func(json.RawMessage) error { return mine }, nil)
	assert.ErrorIs(t, err, mine)
	assert.Equal(t, fault.Canceled, fault.CodeOf(<-ended))
}

func TestWhenTheConnectionClosesEveryPendingRequestFailsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := protocol.Pipe()
		view, kai := protocol.NewPeer(a, protocol.Options{}), protocol.NewPeer(b, protocol.Options{Handler: echo()})
		viewEnded, kaiEnded := run(t, view), run(t, kai)
		failed := make(chan error, 3)
		for range 3 {
			go func() { failed <- view.Call(context.Background(), "wait", nil, nil) }()
		}
		synctest.Wait()
		kai.Close()
		for range 3 {
			assert.Equal(t, fault.Unavailable, fault.CodeOf(<-failed))
		}
		assert.NoError(t, <-kaiEnded)
		assert.NoError(t, <-viewEnded, "the other side left in good order")
		<-view.Done()
		assert.Equal(t, fault.Unavailable, fault.CodeOf(view.Call(t.Context(), "echo", 1, nil)))
		assert.Equal(t, fault.Unavailable, fault.CodeOf(view.Notify(t.Context(), "news", 1)))
	})
}

func TestTheOwnersContextEndsTheConnection(t *testing.T) {
	a, _ := protocol.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	assert.Equal(t, fault.Canceled, fault.CodeOf(protocol.NewPeer(a, protocol.Options{}).Run(ctx)))
}

func TestEventsArriveInOrder(t *testing.T) {
	got := make(chan string, 10)
	view, _ := pair(t, protocol.Options{}, protocol.Options{
		Event: func(_ context.Context, method string, body json.RawMessage) { got <- method + string(body) },
	})
	for i := range 10 {
		require.NoError(t, view.Notify(t.Context(), "news", i))
	}
	for i := range 10 {
		assert.Equal(t, fmt.Sprintf("news%d", i), <-got)
	}
}

func TestLargeMessagesCrossAConnectionThatTakesSmallFrames(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("a", 100_000), strings.Repeat(`"\`, 50_000), strings.Repeat("😀ß\u0001", 20_000), "short",
	} {
		small := protocol.Options{Handler: echo(), MaxFrame: 4096}
		view, _ := pair(t, small, small)
		var out string
		require.NoError(t, view.Call(t.Context(), "echo", text, &out))
		require.Equal(t, text, out)
	}
}

func TestAMessageOverTheLimitIsRefusedWithoutHarm(t *testing.T) {
	view, _ := pair(t, protocol.Options{MaxMessage: 10_000}, protocol.Options{MaxMessage: 10_000, Handler: protocol.Mux{
		"large": func(context.Context, *protocol.Request) (any, error) { return strings.Repeat("x", 20_000), nil },
	}})
	assert.Equal(t, fault.Exhausted, fault.CodeOf(view.Call(t.Context(), "large", nil, nil)))
	assert.Equal(t, fault.Exhausted, fault.CodeOf(view.Call(t.Context(), "large", strings.Repeat("x", 20_000), nil)))
	assert.Equal(t, fault.Unsupported, fault.CodeOf(view.Call(t.Context(), "other", nil, nil)), "the connection lives on")
}
