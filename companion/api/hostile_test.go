package api_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
)

// address is where a server listens, without the scheme.
func address(s *api.Server) string { return strings.TrimPrefix(s.URL(), "http://") }

// sends writes bytes to a server as they are and reads the whole answer.
func sends(t *testing.T, s *api.Server, text string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address(s))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, _ = io.WriteString(conn, text) // a server that has heard enough cuts the rest
	answer, _ := io.ReadAll(conn)     // how it ends is not the matter
	return string(answer)
}

// raised is a WebSocket of a signed-in program, to misuse.
func raised(t *testing.T, s *api.Server) *websocket.Conn {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), s.URL()+"/api/ws", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}}) //nolint:bodyclose // none on success
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// Whatever a WebSocket sends, it ends that connection only.
func TestHostileFramesEndOneWebSocketOnly(t *testing.T) {
	s := serve(t)
	hello := `{"v":1,"id":"hello","kind":"request","method":"hello","body":{"min":1,"max":1,"app":"kai-view"}}`
	for name, send := range map[string]func(ctx context.Context, conn *websocket.Conn) error{
		"a binary message": func(ctx context.Context, conn *websocket.Conn) error {
			return conn.Write(ctx, websocket.MessageBinary, []byte(hello))
		},
		"over the limit": func(ctx context.Context, conn *websocket.Conn) error {
			return conn.Write(ctx, websocket.MessageText, []byte(`"`+strings.Repeat("x", 17<<20)+`"`))
		},
		"not the protocol": func(ctx context.Context, conn *websocket.Conn) error {
			for range 100 {
				if err := conn.Write(ctx, websocket.MessageText, []byte(`{{{`)); err != nil {
					return err
				}
			}
			return nil
		},
		"a version to come": func(ctx context.Context, conn *websocket.Conn) error {
			return conn.Write(ctx, websocket.MessageText, []byte(strings.Replace(hello, `"min":1,"max":1`, `"min":7,"max":9`, 1)))
		},
		"a flood": func(ctx context.Context, conn *websocket.Conn) error {
			for range 100_000 {
				if err := conn.Write(ctx, websocket.MessageText, []byte(`{"v":1,"id":"z","kind":"reply","body":1}`)); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			conn := raised(t, s)
			conn.SetReadLimit(-1)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for {
					if _, _, err := conn.Read(ctx); err != nil {
						return
					}
				}
			}()
			_ = send(ctx, conn) // it may be cut meanwhile
			<-ended
			require.NoError(t, ctx.Err(), "the server has ended it, not our own bound")
			peer := dial(t, s, http.Header{"Authorization": {"Bearer " + token}})
			_, err := peer.Partner(ctx)
			require.NoError(t, err, "others are served")
		})
	}
}

// The Host is checked before the token is looked at, the Origin too: a stranger learns nothing of whether a token is right.
func TestNamesAndOriginsComeBeforeTheToken(t *testing.T) {
	asked := false
	s := serve(t, func(o *api.Options) { o.Token = func() (string, error) { asked = true; return token, nil } })
	for _, header := range []map[string]string{{"Host": "evil.example"}, {"Origin": "https://evil.example"}} {
		header["Authorization"] = "Bearer " + token
		resp, _ := call(t, http.MethodGet, s.URL()+"/api/status", header)
		assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	}
	assert.False(t, asked)
}
