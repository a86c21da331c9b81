package devtools

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/arl/statsviz"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
)

// statsPath is where statsviz draws what the Go runtime does.
const statsPath = "/api/debug/statsviz"

// statsTime bounds one write to whoever looks: one that stands still is cut.
const statsTime = 10 * time.Second

// stats is statsviz. It measures once a second as long as somebody looks, and not at all otherwise.
type stats struct {
	mu      sync.Mutex // guards all below
	lookers int
	server  *statsviz.Server // nil while nobody looks
}

// enter counts somebody in who looks.
func (s *stats) enter() (*statsviz.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		server, err := statsviz.NewServer(statsviz.Root(statsPath))
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "statsviz can't be started")
		}
		s.server = server
	}
	s.lookers++
	return s.server, nil
}

func (s *stats) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lookers--; s.lookers == 0 {
		_ = s.server.Close() // never fails
		s.server = nil
	}
}

// page serves the page and what it is made of. Its curves are drawn with styles in the page, which no page of ours may have.
func (s *stats) page(w http.ResponseWriter, r *http.Request) {
	server, err := s.enter()
	if err != nil {
		openapi.Refuse(w, err)
		return
	}
	defer s.leave()
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "style-src 'self'", "style-src 'self' 'unsafe-inline'", 1))
	server.Index().ServeHTTP(w, r)
}

// figures sends what was measured until the page or its session ends. statsviz lets go of nobody by itself, so the connection
// is ended here.
func (s *stats) figures(w http.ResponseWriter, r *http.Request) {
	server, err := s.enter()
	if err != nil {
		openapi.Refuse(w, err)
		return
	}
	defer s.leave()
	taken := &taken{ResponseWriter: w, control: http.NewResponseController(w), ended: make(chan struct{})}
	server.Ws().ServeHTTP(taken, r)
	if taken.conn == nil {
		return // it was no WebSocket
	}
	select {
	case <-r.Context().Done():
	case <-taken.ended:
	}
	_ = taken.conn.Close() // it may be closed already
}

// taken is an answer whose connection statsviz takes over.
type taken struct {
	http.ResponseWriter
	control *http.ResponseController
	conn    net.Conn
	ended   chan struct{}
	once    sync.Once
}

// Hijack hands it over.
func (t *taken) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := t.control.Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.conn = conn
	return watched{conn, t}, buffered, nil
}

// watched is a connection whose end is noticed at the next write.
type watched struct {
	net.Conn
	of *taken
}

// Write writes within statsTime.
func (c watched) Write(p []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(statsTime)) // a connection always has deadlines
	n, err := c.Conn.Write(p)
	if err != nil {
		c.of.once.Do(func() { close(c.of.ended) })
	}
	return n, err
}
