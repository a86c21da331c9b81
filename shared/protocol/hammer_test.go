package protocol_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// socketPair is two peers over the framing that hosts use, on pipes without any buffer.
func socketPair() (protocol.Conn, protocol.Conn) {
	leftIn, rightOut := io.Pipe()
	rightIn, leftOut := io.Pipe()
	return protocol.NewFramedConn(leftIn, leftOut, protocol.FrameLimits{}), protocol.NewFramedConn(rightIn, rightOut, protocol.FrameLimits{})
}

func TestEverythingAtOnceFromBothSides(t *testing.T) {
	for name, conns := range map[string]func() (protocol.Conn, protocol.Conn){"pipe": protocol.Pipe, "unbuffered stream": socketPair} {
		t.Run(name, func(t *testing.T) {
			a, b := conns()
			opt := protocol.Options{Handler: echo(), MaxFrame: 1000, Event: func(context.Context, string, json.RawMessage) {}}
			left, right := protocol.NewPeer(a, opt), protocol.NewPeer(b, opt)
			leftEnded, _ := run(t, left), run(t, right)
			var all sync.WaitGroup
			for i := range 16 {
				for _, p := range []*protocol.Peer{left, right} {
					all.Go(func() { hammer(t, p, i) })
				}
			}
			all.Wait()
			right.Close()
			assert.NoError(t, <-leftEnded)
		})
	}
}

// hammer does a bit of everything; every answer has to be its own.
func hammer(t *testing.T, p *protocol.Peer, i int) {
	for j := range 20 {
		text := strings.Repeat(fmt.Sprintf("%d-%d é ", i, j), 1+j*40)
		var out string
		assert.NoError(t, p.Call(t.Context(), "echo", text, &out))
		assert.Equal(t, text, out)
		n := 0
		assert.NoError(t, p.Stream(t.Context(), "count", 80, func(m json.RawMessage) error {
			assert.Equal(t, fmt.Sprint(n), string(m))
			n++
			return nil
		}, nil))
		assert.Equal(t, 80, n)
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(j)*50*time.Microsecond)
		code := fault.CodeOf(p.Stream(ctx, "count", 100_000, func(json.RawMessage) error { return nil }, nil))
		assert.Equal(t, fault.Timeout, code)
		stop()
		assert.NoError(t, p.Notify(t.Context(), "news", j))
	}
}

// FuzzPeer sends any frames to a peer that is in the middle of its own work. Whatever they are, it neither panics nor
// leaves a goroutine behind (the bubble would say so), and it ends when its owner says so.
func FuzzPeer(f *testing.F) {
	f.Add([]byte(`{"v":1,"id":"a","kind":"request","method":"count","body":90}` + "\n" + `{"v":1,"id":"a","kind":"event","method":"stream.credit","body":{"n":9}}`))
	f.Add([]byte(`{"v":1,"id":"1","kind":"chunk","body":1}` + "\n" + `{"v":1,"id":"1","kind":"reply","body":1}`))
	f.Add([]byte(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":2,"max":9}}`))
	f.Add([]byte(`{"v":1,"id":"p","kind":"chunk","method":"frame.part","body":{"n":0,"data":"{"}}` + "\n\n" + `{`))
	f.Add([]byte(`{"v":1,"id":"a","kind":"request","method":"wait"}` + "\n" + `{"v":1,"id":"a","kind":"cancel"}`))
	f.Fuzz(func(t *testing.T, script []byte) {
		synctest.Test(t, func(t *testing.T) {
			a, b := protocol.Pipe()
			peer := protocol.NewPeer(a, protocol.Options{Handler: echo(), MaxMessage: 1 << 16, MaxFragments: 4, MaxRequests: 4})
			ended := run(t, peer)
			go drain(t.Context(), b)
			_ = b.Send(t.Context(), []byte(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":1,"max":1}}`))
			called := make(chan error, 1)
			go func() { called <- peer.Stream(t.Context(), "own", 1, func(json.RawMessage) error { return nil }, nil) }()
			for frame := range strings.SplitSeq(string(script), "\n") {
				if b.Send(t.Context(), []byte(frame)) != nil {
					break
				}
			}
			synctest.Wait()
			require.NoError(t, b.Close())
			<-ended  //nolint:errcheck // only that it ended counts
			<-called //nolint:errcheck // what the call answers depends on the frame
		})
	})
}

func drain(ctx context.Context, conn protocol.Conn) {
	for {
		if _, err := conn.Receive(ctx); err != nil {
			return
		}
	}
}

type token struct {
	N    int    `json:"n"`
	Text string `json:"text"`
}

// BenchmarkToken is what one token of an answer costs from the engine's Emit to the reader's hands, with both peers here.
func BenchmarkToken(b *testing.B) {
	handler := protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		for i := range b.N {
			if err := r.Emit(ctx, token{i, " token"}); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	left, _ := pair(b, protocol.Options{}, protocol.Options{Handler: handler})
	b.ReportAllocs()
	b.ResetTimer()
	got := 0
	if err := left.Stream(b.Context(), "talk", nil, func(json.RawMessage) error { got++; return nil }, nil); err != nil || got != b.N {
		b.Fatal(got, err)
	}
}

func BenchmarkCall(b *testing.B) {
	left, _ := pair(b, protocol.Options{}, protocol.Options{Handler: echo()})
	b.ReportAllocs()
	for b.Loop() {
		var out string
		if err := left.Call(b.Context(), "echo", "hello", &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLargeReplyInParts(b *testing.B) {
	opt := protocol.Options{Handler: echo(), MaxFrame: 64 << 10}
	left, _ := pair(b, opt, opt)
	text := strings.Repeat(`{"role":"assistant","text":"hello"}`, 30_000)
	b.SetBytes(int64(2 * len(text)))
	for b.Loop() {
		if err := left.Call(b.Context(), "echo", text, nil); err != nil {
			b.Fatal(err)
		}
	}
}
