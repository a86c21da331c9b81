package federation

import (
	"context"
	"net/http"

	"github.com/coder/websocket"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// Line is a connection that was dialed.
type Line interface {
	protocol.Conn
	KeepAlive(ctx context.Context, end context.CancelFunc) // calls end when the other side is gone without a word; until ctx ends
}

// line is one over a WebSocket.
type line struct {
	protocol.Conn
	socket *websocket.Conn
}

// KeepAlive asks the other side now and again whether it is there.
func (l line) KeepAlive(ctx context.Context, end context.CancelFunc) {
	api.KeepAlive(ctx, end, l.socket)
}

// WebSocket connects to an address of the book. It follows no redirect: a person wrote down this address and no other.
func WebSocket(ctx context.Context, address string) (Line, error) {
	address, err := Address(address) // the book may have been edited by hand
	if err != nil {
		return nil, err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	conn, answer, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // none on success, read on failure
	switch {
	case err == nil:
		conn.SetReadLimit(klp.MaxMessage)
		return line{api.Wire(conn), conn}, nil
	case answer != nil && answer.StatusCode == http.StatusNotFound:
		return nil, fault.New(fault.Unavailable, "no kai with federation answers at %s", address).WithRemedy("set features.federation to true there")
	case answer != nil:
		return nil, fault.New(fault.Unavailable, "%s answers %s, as no kai does", address, answer.Status).WithRemedy("look at the address, and at networking.bindAddress there")
	}
	return nil, fault.Wrap(fault.Unavailable, err, address+" cannot be reached")
}
