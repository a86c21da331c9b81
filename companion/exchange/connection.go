package exchange

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/store/lent"
)

// Rings takes the events of a connection (protocol.Options.Event): wrote rings when the other side has something new. It
// has room for one; more say no more.
func Rings(wrote chan<- struct{}) func(context.Context, string, json.RawMessage) {
	return func(_ context.Context, method string, _ json.RawMessage) {
		if method != lent.EventChanged {
			return
		}
		select {
		case wrote <- struct{}{}:
		default:
		}
	}
}

// Beside runs a connection, and work beside it that ends with the connection.
func Beside(ctx context.Context, peer *protocol.Peer, work func(ctx context.Context)) error {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); work(ctx) }()
	err := peer.Run(ctx)
	cancel()
	<-done
	return err
}
