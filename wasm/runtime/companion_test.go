package runtime_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/runtest"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/wasm/runtime"
)

// hanging is a way to kai that can stop moving, as a stopped process does: it neither reads nor writes, and stays.
type hanging struct {
	protocol.Conn
	still chan struct{}
}

func (h hanging) Receive(ctx context.Context) ([]byte, error) {
	frame, err := h.Conn.Receive(ctx)
	select {
	case <-h.still:
		<-ctx.Done()
		return nil, ctx.Err()
	default:
		return frame, err
	}
}

// kai serves an engine to every connection that is dialled; hang stops the newest one.
type kai struct {
	engine *run.Engine
	dials  int
	still  chan struct{}
}

func (k *kai) dial(context.Context) (protocol.Conn, error) {
	k.dials++
	k.still = make(chan struct{})
	near, far := protocol.Pipe()
	peer := protocol.NewPeer(hanging{far, k.still}, protocol.Options{Hello: protocol.Hello{App: "kai", Version: "9.9.9"}, Handler: run.Methods(k.engine)})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-peer.Done(); cancel() }()
	go func() { _ = peer.Run(ctx) }()
	return closing{near, cancel}, nil
}

// closing ends the far side with the near one, as a browser ends its host.
type closing struct {
	protocol.Conn
	cancel context.CancelFunc
}

func (c closing) Close() error { c.cancel(); return c.Conn.Close() }

func (w *world) companion() assistant.CompanionState {
	return ask[assistant.Snapshot](w, assistant.MethodSnapshot, assistant.Empty{}).Companion
}

func TestAnAnswerGoesOnAfterKaiHung(t *testing.T) {
	var g *runtest.Gateway
	k := &kai{}
	var failed []string
	heard := func(n assistant.News) {
		if c := n.Data.Companion; c != nil && c.State == assistant.CompanionFailed {
			failed = append(failed, c.Detail)
		}
	}
	start(t, func(d *runtime.Deps) {
		g = runtest.NewGateway() // in the bubble
		k.engine, d.Dial, d.Publish = run.NewEngine(g, nil, run.Options{}), k.dial, heard
	}, func(w *world) {
		synctest.Wait()
		require.Equal(t, assistant.CompanionConnected, w.companion().State)
		added := ask[assistant.ServiceView](w, assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", Name: "here", URL: "http://localhost:11434"})
		sent := ask[assistant.Sent](w, assistant.MethodMessageSend, assistant.Send{Text: "hi", Service: added.ID, Model: "m"})
		c := <-g.Chats
		c.Say("one ")
		synctest.Wait()
		close(k.still)
		c.Say("two ")
		time.Sleep(30 * time.Second) // of the bubble
		synctest.Wait()
		require.Len(t, failed, 1)
		require.Contains(t, failed[0], "has not answered")
		require.Contains(t, failed[0], "kai stop", "with a way out")
		c.Say("three")
		c.End(service.ChatResult{}, nil)
		synctest.Wait()
		require.Equal(t, 2, k.dials)
		require.Equal(t, assistant.CompanionConnected, w.companion().State)
		page := ask[assistant.MessagePage](w, assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID})
		require.Equal(t, "one two three", page.Messages[1].Text)
		require.NoError(t, k.engine.Close(w.t.Context()))
	})
}

// Nothing is asked of a kai that nobody needs.
func TestAnIdleConnectionIsLeftAlone(t *testing.T) {
	k := &kai{}
	start(t, func(d *runtime.Deps) {
		k.engine, d.Dial = run.NewEngine(runtest.NewGateway(), nil, run.Options{}), k.dial
	}, func(w *world) {
		synctest.Wait()
		close(k.still)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, 1, k.dials)
		require.Equal(t, assistant.CompanionConnected, w.companion().State)
		require.NoError(t, k.engine.Close(w.t.Context()))
	})
}
