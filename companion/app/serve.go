package app

import (
	"context"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/protocol"
)

// published passes on to the devices what is news to them.
func (a *App) published(n assistant.News) {
	if n.Data.Lasting() {
		a.exchange.Changed()
	}
}

// serveView answers the web app, from what the steps have made by then.
func (a *App) serveView(ctx context.Context, r *protocol.Request) (any, error) {
	if strings.HasPrefix(r.Method, assistant.SyncPrefix) {
		return a.exchange.Methods(nil).Serve(ctx, r)
	}
	if strings.HasPrefix(r.Method, assistant.KnowledgePrefix) {
		return a.knowledgeMethods().Serve(ctx, r)
	}
	if r.Method == assistant.MethodToolList {
		return a.tools.List(ctx), nil
	}
	if strings.HasPrefix(r.Method, gallery.Prefix) {
		return a.painter.Methods().Serve(ctx, r)
	}
	if strings.HasPrefix(r.Method, assistant.ClientsPrefix) {
		return a.clientMethods().Serve(ctx, r)
	}
	if err := checkServices(r); err != nil {
		return nil, err
	}
	if r.Method == assistant.MethodDataDeleteAll {
		if err := a.folders.Clear(ctx); err != nil { // it would come back from there
			return nil, err
		}
		if err := a.library.ClearOutside(ctx); err != nil {
			a.log("library").Warn("vectors of documents are left in Chroma", "error", err)
		}
	}
	out, err := a.keeper.Serve(ctx, r)
	return out, a.forgetAll(ctx, r, err)
}
