package api

import (
	"context"
	"net"
	"net/http"

	"github.com/coder/websocket"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// SyncPath is where another kai exchanges histories (definitions 2.10), and SyncMessage the largest message there in bytes.
const (
	SyncPath    = "/sync"
	SyncMessage = 1 << 20
)

// Sync answers other kai. They show no token: each must prove by a signature that it was allowed.
type Sync interface {
	Allowed() bool // somebody was; else there is nothing at SyncPath
	Kin
}

// Kin serves one connection of another kai until ctx or the connection ends. It calls known once the other one has proven
// that it was allowed; until then the connection is a stranger's, of which there are few.
type Kin interface {
	Serve(ctx context.Context, conn protocol.Conn, known func())
}

// sync serves one other kai that exchanges.
func (s *Server) sync(w http.ResponseWriter, r *http.Request) {
	if s.opt.Sync == nil || !s.opt.Sync.Allowed() {
		openapi.Refuse(w, openapi.NotThere(r.Method, SyncPath))
		return
	}
	s.kin(w, r, SyncMessage, s.opt.Sync)
}

// kin serves one other kai, whose messages have so many bytes at most, until either side ends. A browser has no business
// here: it always names its Origin.
func (s *Server) kin(w http.ResponseWriter, r *http.Request, largest int64, kin Kin) {
	if r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "" {
		openapi.Refuse(w, fault.New(fault.Forbidden, "no web page may exchange here"))
		return
	}
	known, ok := s.strangers.come(peerOf(r))
	if !ok {
		openapi.Refuse(w, fault.New(fault.Unavailable, "too many other kai come at once"))
		return
	}
	defer known()
	life, ok := s.join()
	if !ok {
		openapi.Refuse(w, stopping())
		return
	}
	defer s.sockets.Done()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		s.opt.Log.Debug("a WebSocket was refused", "error", err)
		return // Accept answered
	}
	conn.SetReadLimit(largest)
	ctx, end := context.WithCancel(life)
	defer end()
	go KeepAlive(ctx, end, conn)
	kin.Serve(ctx, Wire(conn), known)
}

// tunnel says whether a request of another kai came through a tunnel: that ends on this computer under another port. Unlike
// any other name, these never lead to us by a stranger's name server.
func tunnel(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	return err == nil && (r.URL.Path == SyncPath || r.URL.Path == KLPPath) && (host == "127.0.0.1" || host == "localhost" || host == "::1")
}
