package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	answer, _ := io.ReadAll(conn) // how it ends is not the matter
	return string(answer)
}

// No path leads out of the web app's files, however it is written.
func TestNoPathLeadsOutOfTheWebApp(t *testing.T) {
	s := serve(t)
	for _, path := range []string{
		"/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/....//....//etc/passwd", "/..\\..\\etc\\passwd",
		"//etc/passwd", "/static/../../webapp.go", "/.keep", "/dist/.keep", "/signin.html", "/missing.html", "/C:/Windows/win.ini", "/icon.svg%00.html",
	} {
		answer := sends(t, s, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, address(s)))
		status, _, _ := strings.Cut(strings.TrimPrefix(answer, "HTTP/1.1 "), " ")
		assert.Contains(t, []string{"301", "307", "400", "404"}, status, "%s: %.200s", path, answer)
		assert.NotContains(t, answer, "root:")
		assert.NotContains(t, answer, "package webapp")
	}
}

// What is not HTTP, or only half of it, gets an error or nothing, and the next person is served.
func TestWhatIsNotHTTPHarmsNobody(t *testing.T) {
	s := serve(t)
	host := "Host: " + address(s) + "\r\n"
	for name, text := range map[string]string{
		"rubbish":             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 rubbish\r\n\r\n",
		"no host":             "GET /healthz HTTP/1.1\r\n\r\n",
		"two hosts":           "GET /healthz HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n",
		"an absolute address": "GET http://evil.example/healthz HTTP/1.1\r\n" + host + "\r\n",
		"two lengths":         "POST /login HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
		"length and chunks":   "POST /login HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
		"a lying chunk":       "POST /login HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nffffffffffffffff\r\nabc",
		"a header in a name":  "GET /healthz HTTP/1.1\r\n" + host + "X\x00Y: 1\r\n\r\n",
	} {
		answer := sends(t, s, text)
		if answer != "" {
			assert.Regexp(t, `^HTTP/1\.[01] 4`, answer, name)
		}
		resp, _ := call(t, http.MethodGet, s.URL()+"/healthz", nil)
		assert.Equal(t, http.StatusOK, resp.StatusCode, name)
	}
}

// A client that sends its headers drop by drop is cut, and holds nobody up meanwhile.
func TestASlowClientIsCut(t *testing.T) {
	s := serve(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address(s))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: ")
	require.NoError(t, err)
	resp, _ := call(t, http.MethodGet, s.URL()+"/healthz", nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err = io.ReadAll(conn)
	assert.NoError(t, err, "the server has ended it, not our own bound")
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

// A body that never ends is read as far as the limit and no further.
func TestABodyWithoutEndIsNotRead(t *testing.T) {
	s := serve(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address(s))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n", address(s), s.URL())
	require.NoError(t, err)
	chunk := fmt.Sprintf("10000\r\n%s\r\n", url.PathEscape(strings.Repeat("a", 64<<10)))
	sent := 0
	for err == nil && sent < 64<<20 {
		_, err = io.WriteString(conn, chunk)
		sent += len(chunk)
	}
	require.Error(t, err, "the server stops reading")
	answer, _ := bufio.NewReader(conn).ReadString('\n') // it may have been cut before the answer was read
	if answer != "" {
		assert.Contains(t, answer, " 4")
	}
}
