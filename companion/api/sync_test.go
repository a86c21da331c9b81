package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/shared/protocol"
)

// echo answers other kai with what they say.
type echo bool

func (e echo) Allowed() bool { return bool(e) }

func (e echo) Serve(ctx context.Context, conn protocol.Conn, known func()) {
	for {
		frame, err := conn.Receive(ctx)
		if err != nil || conn.Send(ctx, frame) != nil {
			return
		}
	}
}

// echoes demands that a call is answered with a code and, when that let it in, that what is said comes back.
func echoes(t *testing.T, address string, opt *websocket.DialOptions, code int) {
	t.Helper()
	conn, answer, err := websocket.Dial(t.Context(), strings.Replace(address, "http", "ws", 1), opt) //nolint:bodyclose // Dial closes it
	require.NotNil(t, answer, "%v", err)
	assert.Equal(t, code, answer.StatusCode)
	if err != nil {
		return
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte("hello")))
	_, text, err := conn.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "hello", string(text))
}

func TestOnlyOtherKaiAreServedAtSync(t *testing.T) {
	for name, c := range map[string]struct {
		sync   api.Sync
		host   string
		origin string
		code   int
	}{
		"another kai":            {echo(true), "", "", 101},
		"through a tunnel":       {echo(true), "localhost:9090", "", 101},
		"nobody is allowed":      {echo(false), "", "", 404},
		"no other kai":           {nil, "", "", 404},
		"a stranger's name":      {echo(true), "kai.example.org", "", 403},
		"the own web app":        {echo(true), "", "own", 403},
		"a page behind a tunnel": {echo(true), "localhost:9090", "http://localhost:9090", 403},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(o *api.Options) { o.Sync = c.sync })
			opt := &websocket.DialOptions{Host: c.host, HTTPHeader: http.Header{}}
			if c.origin == "own" {
				c.origin = s.URL()
			}
			if c.origin != "" {
				opt.HTTPHeader.Set("Origin", c.origin)
			}
			echoes(t, s.URL()+api.SyncPath, opt, c.code)
		})
	}
	t.Run("the tunnel's names open nothing else", func(t *testing.T) {
		s := serve(t, func(o *api.Options) { o.Sync = echo(true) })
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/healthz", nil)
		require.NoError(t, err)
		r.Host = "localhost:9090"
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		t.Cleanup(func() { _ = answer.Body.Close() })
		assert.Equal(t, http.StatusForbidden, answer.StatusCode)
	})
}
