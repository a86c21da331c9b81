// Package api serves the web app and the protocol over HTTP, to this computer by default.
//
// Loopback is no boundary: web pages reach it by DNS rebinding, other users directly. So the Host is checked before
// anything else, origins are exact, and every call needs the token of this data directory, also on 127.0.0.1.
// Imports shared/*, companion/{clients,files,openapi,webapp}, huma and coder/websocket; never a store or a connector.
package api

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/companion/webapp"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Limits on what strangers may cost us.
const (
	maxHeader   = 16 << 10
	maxBody     = 1 << 20
	maxMessage  = 16 << 20 // of one WebSocket message
	frameLimit  = 256 << 10
	headerTime  = 5 * time.Second
	requestTime = 30 * time.Second
	idleTime    = 2 * time.Minute
	pingEvery   = 10 * time.Second
	pongWithin  = 15 * time.Second // a message of 1 MB may be on its way before the answer
)

// Options set up a Server.
type Options struct {
	Network    config.Networking
	TLS        Certificate             // nil for plain HTTP
	AnyPort    bool                    // a taken port is no reason to fail: take any free one
	Token      func() (string, error)  // read for every call, so that a renewed token holds at once
	Client     func(token string) bool // whether a token is that of somebody who was let in; nil: nobody was
	Revoked    func(token string) bool // whether a token is that of somebody who was let in and is not any more; nil: nobody is
	Door       *clients.Door           // where browsers wait to be let in; nil for none
	Vault      Vault                   // its password opens sessions, and without one nobody comes in; nil for auth.mode none
	Web        webapp.Files
	Hello      protocol.Hello
	Handler    protocol.Handler // answers the methods that views call
	Device     Device           // exchanges with what a web app keeps in its browser; nil for none
	Sync       Sync             // exchanges with other kai; nil for none
	Federation Federation       // answers other kai that speak the Kind Link Protocol; nil for none
	Areas      []Area           // further operations, behind the same guard
	Rates      Rates            // zero for DefaultRates
	Health     func(context.Context) driver.Health
	Quit       func() // ends kai, in good order; must not wait for it
	Log        *slog.Logger
	Now        func() time.Time
}

// Certificate is one that a person gave, as it is at each moment.
type Certificate interface {
	Config() *tls.Config
	Names() []string
	Covers(host string) bool
}

// Area describes and answers operations of its own.
type Area func(doc huma.API)

// Server is the HTTP server. New prepares it, Start listens, Stop ends every connection.
type Server struct {
	opt       Options
	once      *links
	limits    *limits
	passes    *passes   // nil for auth.mode none
	strangers strangers // other kai that have not proven who they are

	mu       sync.Mutex // guards what Start sets
	http     *http.Server
	listener net.Listener
	names    hosts
	revoked  chan struct{}   // closed and replaced when a client may have been taken back
	life     context.Context //nolint:containedctx // the life of connections that outlive their request
	end      context.CancelFunc
	sockets  sync.WaitGroup

	origins atomic.Pointer[config.Cors] // who else may call, now
}

// New prepares a server.
func New(opt Options) *Server {
	s := &Server{opt: opt, once: newLinks(opt.Now), passes: newPasses(opt.Vault, opt.Now), limits: newLimits(opt.Rates, opt.Now), revoked: make(chan struct{})}
	s.SetCORS(opt.Network.CORS)
	return s
}

// SetCORS lets other origins call from now on. Connections that are open stay.
func (s *Server) SetCORS(c config.Cors) { s.origins.Store(&c) }

// cors is who else may call.
func (s *Server) cors() config.Cors { return *s.origins.Load() }

// Start listens and serves. A taken port answers fault.Unavailable and says by whom, and which port is free.
func (s *Server) Start(ctx context.Context) error {
	listener, err := listen(ctx, s.opt.Network.BindAddress, s.opt.Network.Port)
	if err != nil && taken(err) && s.opt.AnyPort {
		s.opt.Log.Warn("the port is taken, so the web app is on another", "port", s.opt.Network.Port)
		listener, err = listen(ctx, s.opt.Network.BindAddress, 0)
	}
	if err != nil {
		return cannotListen(s.opt.Network, err)
	}
	server := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.opt.Log.Handler(), slog.LevelDebug),
	}
	s.mu.Lock()
	s.http, s.listener = server, listener
	s.names = hostsOf(s.opt.Network.BindAddress, listener.Addr(), s.opt.TLS)
	s.life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Unlock()
	if s.opt.TLS != nil {
		server.TLSConfig = s.opt.TLS.Config()
		server.Protocols = new(http.Protocols)
		server.Protocols.SetHTTP1(true) // WebSockets need it
	}
	go s.serve(server, listener)
	return nil
}

// listen opens a port.
func listen(ctx context.Context, address string, port int) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(port)))
}

// serve runs until Stop closes the listener.
func (s *Server) serve(server *http.Server, listener net.Listener) {
	accept := server.Serve
	if server.TLSConfig != nil {
		accept = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	if err := accept(listener); !errors.Is(err, http.ErrServerClosed) {
		s.opt.Log.Error("the web server ended", "error", err)
	}
}

// Stop closes every connection, letting requests that go on finish until ctx ends. It may be called twice, and without a
// Start.
func (s *Server) Stop(ctx context.Context) error {
	s.mu.Lock()
	server, end := s.http, s.end
	s.mu.Unlock()
	if server == nil {
		return nil
	}
	end()
	err := server.Shutdown(ctx)
	if err != nil {
		_ = server.Close() // time is up: cut what is left
	}
	if !s.socketsEnd(ctx) || err != nil {
		return fault.New(fault.Timeout, "web connections did not end in time")
	}
	return nil
}

// socketsEnd waits for the WebSockets; false when ctx ended first.
func (s *Server) socketsEnd(ctx context.Context) bool {
	done := make(chan struct{})
	go func() { s.sockets.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// URL is where a person opens the web app; empty before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.names.url()
}

// LoginURL is an address that signs in whoever opens it first, within a few minutes.
func (s *Server) LoginURL() string {
	return s.URL() + "/login?once=" + s.once.create()
}
