package app

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

// browserFrame is the largest frame towards a browser: native messaging slows down with the square of the size above it.
const browserFrame = 64 << 10

// copyFrame is the largest frame towards a web app's copy: a WebSocket does not mind.
const copyFrame = 256 << 10

// socket is the way in for browsers.
type socket struct {
	listener *host.Listener
	cancel   context.CancelFunc
}

// openSocket serves the hosts that browsers start. They get the engine and the services, not the assistant: the
// extension has one of its own. The commands of this person come here, too (control).
func (a *App) openSocket(ctx context.Context) error {
	listener, err := host.Listen(a.opt.Dir.Path(), a.log("socket"))
	if err != nil {
		return err
	}
	methods := protocol.Mux{}
	maps.Copy(methods, run.Methods(a.engine))
	maps.Copy(methods, service.Methods(a.gateway))
	maps.Copy(methods, a.knowledgeMethods())
	maps.Copy(methods, a.folderMethods())
	maps.Copy(methods, a.painter.Methods())
	maps.Copy(methods, a.summaries.Methods())
	maps.Copy(methods, a.tools.Methods())
	maps.Copy(methods, a.control())
	maps.Copy(methods, a.importing())
	maps.Copy(methods, a.taskMethods())
	maps.Copy(methods, a.serviceMethods())
	maps.Copy(methods, a.federationMethods())
	maps.Copy(methods, files.Methods(func() *files.Keeper { return a.files }))
	if err := a.peers.Start(ctx); err != nil {
		a.log("peers").Warn("no other kai is dialed", "error", err)
	}
	life, cancel := context.WithCancel(context.Background())
	a.socket = socket{listener: listener, cancel: cancel}
	go listener.Serve(life, func(ctx context.Context, conn protocol.Conn) {
		a.serveBrowser(ctx, conn, methods)
	})
	return nil
}

// serveBrowser serves one browser, and exchanges with it what it lends, until its connection ends.
func (a *App) serveBrowser(ctx context.Context, conn protocol.Conn, methods protocol.Mux) {
	if err := a.serveDevice(ctx, conn, methods, browserFrame, a.seen.Step); err != nil {
		a.log("socket").Info("a browser's connection ended", "error", err)
	}
}

// serveCopy exchanges with the copy that a web app keeps. It may ask for nothing else: the web app itself asks us.
func (a *App) serveCopy(ctx context.Context, conn protocol.Conn) error {
	return a.serveDevice(ctx, conn, nil, copyFrame, nil)
}

// serveDevice answers one device, and exchanges with it what it lends, until its connection ends. step takes what it did by
// itself for a trace; it may be nil.
func (a *App) serveDevice(ctx context.Context, conn protocol.Conn, methods protocol.Mux, frame int, step func(json.RawMessage)) error {
	wrote := make(chan struct{}, 1)
	rings := exchange.Rings(wrote)
	var peer *protocol.Peer
	mine := a.exchange.Methods(func() exchange.Connection { return peer })
	maps.Copy(mine, methods)
	peer = protocol.NewPeer(conn, protocol.Options{
		Hello: a.hello, Handler: a.seen.Calls(mine), MaxFrame: frame,
		Event: func(ctx context.Context, method string, body json.RawMessage) {
			if method == protocol.EventStep && step != nil {
				step(body)
				return
			}
			rings(ctx, method, body)
		},
	})
	return exchange.Beside(ctx, peer, func(ctx context.Context) { a.exchange.Serve(ctx, peer, wrote) })
}

func (a *App) closeSocket(context.Context) error {
	if a.peers != nil {
		a.peers.Close()
	}
	if a.socket.listener == nil {
		return nil
	}
	a.socket.cancel()
	err := a.socket.listener.Close()
	a.socket = socket{}
	return err
}

// socketAddress is where hosts find this kai.
func (a *App) socketAddress() string {
	if a.socket.listener == nil {
		return ""
	}
	return a.socket.listener.Path()
}
