package bridge

import (
	"context"
	"sync"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
)

// Hub serves every port of every view with one handler.
type Hub struct {
	hello   protocol.Hello
	handler protocol.Handler
	log     *logs.Logger
	views   sync.WaitGroup
}

// NewHub makes a hub; its goroutines end with their ports or with the context given to Serve.
func NewHub(hello protocol.Hello, handler protocol.Handler, log *logs.Logger) *Hub {
	return &Hub{hello: hello, handler: handler, log: log}
}

// Serve answers one view's port in a goroutine of its own until the port closes or ctx ends. view names the view's context.
func (h *Hub) Serve(ctx context.Context, conn protocol.Conn, view string) {
	handler := protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		return h.handler.Serve(assistant.WithView(ctx, view), r)
	})
	peer := protocol.NewPeer(conn, protocol.Options{Hello: h.hello, Handler: handler, Log: h.log})
	h.views.Go(func() {
		if err := peer.Run(ctx); err != nil && ctx.Err() == nil {
			h.log.Info("a view's port closed", "view", view, "err", err)
		}
	})
}

// Wait returns when every port is closed.
func (h *Hub) Wait() { h.views.Wait() }
