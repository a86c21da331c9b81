package transport

import (
	"context"
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

func TestListenHandsOverTextsUntilTheConnectionEnds(t *testing.T) {
	var got http.Header
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		conn, err := websocket.Accept(w, r, nil)
		assert.NoError(t, err)
		for _, m := range []struct {
			kind websocket.MessageType
			text string
		}{{websocket.MessageText, "one"}, {websocket.MessageBinary, "a picture"}, {websocket.MessageText, "two"}} {
			assert.NoError(t, conn.Write(r.Context(), m.kind, []byte(m.text)))
		}
		_ = conn.CloseNow() // as a crash does
	})
	var heard []string
	err := New("kAI/test").Listen(t.Context(), &service.Request{Method: "GET", URL: address + "/ws", Header: map[string]string{
		"authorization": "Bearer k", "origin": "http://evil.example", "cookie": "a=b",
	}}, func(text []byte) { heard = append(heard, string(text)) })
	assert.Equal(t, []string{"one", "two"}, heard)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Equal(t, []string{"Bearer k", "kAI/test", "", ""}, []string{got.Get("Authorization"), got.Get("User-Agent"), got.Get("Origin"), got.Get("Cookie")})
}

func TestListenGoesWhereRequestsMayGo(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	for name, c := range map[string]struct {
		ctx     context.Context //nolint:containedctx // of a case
		address string
		want    fault.Code
	}{
		"a metadata service":  {t.Context(), "http://169.254.169.254/ws", fault.Unsupported},
		"no address":          {t.Context(), "ftp://x", fault.Invalid},
		"no WebSocket":        {t.Context(), plain, fault.Unavailable},
		"the caller has gone": {ended, plain, fault.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			err := New("kAI/test").Listen(c.ctx, &service.Request{Method: "GET", URL: c.address}, func([]byte) {})
			require.Error(t, err)
			assert.Equal(t, c.want, fault.CodeOf(err), err)
		})
	}
}
