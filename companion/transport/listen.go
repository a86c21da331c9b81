package transport

import (
	"context"

	"github.com/coder/websocket"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// maxMessage is the most bytes that one message of a service may have: previews of pictures come among the texts.
const maxMessage = 32 << 20

// Listen keeps a WebSocket open, to where requests may go and with what they may carry; see service.Listener.
func (t *Transport) Listen(ctx context.Context, r *service.Request, heard func(text []byte)) error {
	request, err := t.request(ctx, r)
	if err != nil {
		return err
	}
	greet, end := context.WithTimeout(ctx, dialWithin)
	defer end()
	conn, answer, err := websocket.Dial(greet, request.URL.String(), &websocket.DialOptions{HTTPClient: t.client, HTTPHeader: request.Header}) //nolint:bodyclose // none on success, read on failure
	switch {
	case err == nil:
	case answer != nil:
		return fault.Wrap(fault.Unavailable, err, "the server at "+request.URL.Host+" opens no WebSocket")
	default:
		return explain(ctx, err, request.URL)
	}
	defer conn.CloseNow() //nolint:errcheck // nothing more is wanted of it
	conn.SetReadLimit(maxMessage)
	for {
		kind, text, err := conn.Read(ctx)
		if err != nil {
			return explain(ctx, err, request.URL)
		}
		if kind == websocket.MessageText {
			heard(text)
		}
	}
}
