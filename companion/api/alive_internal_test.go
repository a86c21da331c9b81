package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cable is a connection that can be pulled: what is written then goes nowhere, and nothing comes any more.
type cable struct {
	net.Conn
	pulled chan struct{}
}

// Read reads until it is pulled; then it waits for the end.
func (c cable) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	select {
	case <-c.pulled:
		return 0, errors.Join(err, net.ErrClosed)
	default:
		return n, err
	}
}

// Write writes until it is pulled.
func (c cable) Write(p []byte) (int, error) {
	select {
	case <-c.pulled:
		return len(p), nil
	default:
		return c.Conn.Write(p)
	}
}

// one is a listener of one connection.
type one struct{ conns chan net.Conn }

// Accept gives it, then waits.
func (l one) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// Close ends waiting.
func (l one) Close() error { close(l.conns); return nil }

// Addr is none.
func (l one) Addr() net.Addr { return &net.TCPAddr{} }

// Who is gone without a word is noticed within half a minute; who is there is left alone, however long nothing is said.
func TestAPulledCableIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		pulled, ended := make(chan struct{}), make(chan struct{})
		listener := one{make(chan net.Conn, 1)}
		listener.conns <- cable{near, pulled}
		server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if !assert.NoError(t, err) {
				return
			}
			ctx, end := context.WithCancel(context.Background())
			defer end()
			go func() { _, _, _ = conn.Read(ctx) }() // takes the answers to pings
			KeepAlive(ctx, end, conn)
			close(ended)
			_ = conn.CloseNow()
		})}
		go func() { _ = server.Serve(listener) }()
		client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return far, nil }}}
		conn, _, err := websocket.Dial(t.Context(), "ws://kai/", &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // none on success
		require.NoError(t, err)
		conn.CloseRead(t.Context())

		time.Sleep(time.Hour + time.Second) //nolint:forbidigo // of the bubble
		select {
		case <-ended:
			t.Fatal("it was cut while the other side was there")
		default:
		}
		close(pulled)
		began := time.Now()
		<-ended
		assert.LessOrEqual(t, time.Since(began), 30*time.Second)
		_, _ = conn.CloseNow(), server.Close()
		_, _ = near.Close(), far.Close()
	})
}
