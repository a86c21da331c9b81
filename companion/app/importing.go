package app

import (
	"context"
	"maps"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
)

// ImportPrefix stands before the names of those methods of the assistant by which kai import keeps what it reads: on the local socket
// are browsers, too, which have an assistant of their own, and what they ask by these names they do not mean for ours.
const ImportPrefix = "kai.import."

// ImportsFolder has, in the data directory, a note of each import that can be taken back. It goes when everything is deleted.
const ImportsFolder = "imports"

// importing answers them, and those of the library and the gallery.
func (a *App) importing() protocol.Mux {
	pass := func(ctx context.Context, r *protocol.Request) (any, error) {
		return a.keeper.Serve(ctx, protocol.NewRequest(strings.TrimPrefix(r.Method, ImportPrefix), r.Body, nil))
	}
	methods := protocol.Mux{}
	for _, name := range []string{
		assistant.MethodDataImport, assistant.MethodBlobGet, assistant.MethodBlobPut, assistant.MethodServiceAdd, assistant.MethodServiceRemove, assistant.MethodSnapshot,
	} {
		methods[ImportPrefix+name] = pass
	}
	return methods
}

// Aside opens the records of a data directory that no kai uses, and answers what kai import asks by conn until it ends. Nothing else of
// a kai runs: no web app, no task. Documents that come are indexed when kai runs next.
func (a *App) Aside(ctx context.Context, conn protocol.Conn) (err error) {
	lock, err := a.opt.Dir.Lock()
	if err != nil {
		return err
	}
	defer lock.Release()
	a.aside = true
	var down []func(context.Context) error
	defer func() {
		for i := len(down) - 1; i >= 0; i-- {
			if failed := down[i](context.WithoutCancel(ctx)); err == nil {
				err = failed
			}
		}
	}()
	for _, step := range []struct{ up, down func(context.Context) error }{
		{a.openStore, a.closeStore}, {a.openServices, a.closeServices}, {a.openEngine, a.closeEngine}, {a.openAssistant, a.closeAssistant},
	} {
		if err := step.up(ctx); err != nil {
			return err
		}
		down = append(down, step.down)
	}
	methods := a.importing()
	maps.Copy(methods, a.library.Methods())
	maps.Copy(methods, a.painter.Methods())
	peer := protocol.NewPeer(conn, protocol.Options{Hello: a.hello, Handler: methods, MaxFrame: protocol.MaxFromBrowser})
	_ = peer.Run(ctx) // ends with the other side
	return nil
}
