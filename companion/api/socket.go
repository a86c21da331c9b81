package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// socket speaks the protocol with a view over a WebSocket until either side ends.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	s.overSocket(w, r, func(ctx context.Context, conn protocol.Conn) error {
		return protocol.NewPeer(conn, protocol.Options{Hello: s.opt.Hello, Handler: s.passes.using(s.opt.Handler), MaxFrame: frameLimit}).Run(ctx)
	})
}

// device exchanges with the copy that a web app keeps in its browser, over a WebSocket until either side ends. A locked
// vault ends it; that it goes on is no use of the vault.
func (s *Server) device(w http.ResponseWriter, r *http.Request) {
	if s.opt.Device == nil {
		openapi.Refuse(w, openapi.NotThere(r.Method, DevicePath))
		return
	}
	s.overSocket(w, r, s.opt.Device)
}

// overSocket serves a page over a WebSocket, as long as its session holds.
func (s *Server) overSocket(w http.ResponseWriter, r *http.Request, serve func(context.Context, protocol.Conn) error) {
	held := passOf(r.Context())
	life, ok := s.join()
	if !ok {
		openapi.Refuse(w, stopping())
		return
	}
	defer s.sockets.Done()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // the guard checked the Origin, exactly
	if err != nil {
		s.opt.Log.Debug("a WebSocket was refused", "error", err)
		return // Accept answered
	}
	conn.SetReadLimit(maxMessage)
	ctx, end := held.within(life, s.opt.Now())
	defer end()
	go KeepAlive(ctx, end, conn)
	if err := serve(ctx, Wire(conn)); err != nil && ctx.Err() == nil {
		s.opt.Log.Info("a web app's connection ended", "error", err)
	}
	why := "kai is stopping"
	if life.Err() == nil {
		why = "the session has ended"
	}
	_ = conn.Close(websocket.StatusGoingAway, why) // it may be closed already
}

// within is a life that ends with the pass.
func (p pass) within(life context.Context, now time.Time) (context.Context, context.CancelFunc) {
	if p.until == nil && p.revoked == nil {
		return context.WithCancel(life)
	}
	left := passAge
	if !p.ends.IsZero() {
		left = p.ends.Sub(now)
	}
	ctx, end := context.WithTimeout(life, left)
	go func() {
		select {
		case <-p.until:
			end()
		case <-p.revoked:
			end()
		case <-ctx.Done():
		}
	}()
	return ctx, end
}

// join counts a socket in, unless the server is stopping.
func (s *Server) join() (context.Context, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life == nil || s.life.Err() != nil {
		return nil, false
	}
	s.sockets.Add(1)
	return s.life, true
}

// KeepAlive ends a connection whose other side is gone without a word; until ctx ends.
func KeepAlive(ctx context.Context, end context.CancelFunc, conn *websocket.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		wait, cancel := context.WithTimeout(ctx, pongWithin)
		err := conn.Ping(wait)
		cancel()
		if err != nil {
			end()
			return
		}
	}
}

// Wire makes a WebSocket a protocol.Conn.
func Wire(conn *websocket.Conn) protocol.Conn { return &wire{conn: conn} }

// wire is one end of a WebSocket.
type wire struct {
	conn *websocket.Conn
}

// Receive reads one message. A browser that closes or vanishes is an end in good order.
func (c *wire) Receive(ctx context.Context) ([]byte, error) {
	kind, frame, err := c.conn.Read(ctx)
	switch {
	case err != nil && websocket.CloseStatus(err) != -1, errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, err
	case kind != websocket.MessageText:
		return nil, fault.New(fault.Malformed, "the other side sent a binary message")
	}
	return frame, nil
}

// Send writes one message.
func (c *wire) Send(ctx context.Context, frame []byte) error {
	return c.conn.Write(ctx, websocket.MessageText, frame)
}

// Close ends the connection at once.
func (c *wire) Close() error {
	_ = c.conn.CloseNow() // it may be closed already
	return nil
}
