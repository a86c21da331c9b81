package assistant

import (
	"context"
	"sync"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// newsType is the type of every kai-sync message (specification, Browser Mode).
const newsType = "state_update"

// contextRuntime is the cause of news that no view asked for.
const contextRuntime = "runtime"

// watchDepth is how much news a slow watcher may be behind before it is told to take a new snapshot instead.
const watchDepth = 256

type viewKey struct{}

// WithView marks ctx with the context of the view that asks (popup, sidepanel, tab), so that news says who caused it.
// The host of a connection calls it around Serve; anything else than the three counts as the runtime.
func WithView(ctx context.Context, view string) context.Context {
	switch view {
	case "popup", "sidepanel", "tab":
		return context.WithValue(ctx, viewKey{}, view)
	}
	return ctx
}

func viewOf(ctx context.Context) string {
	if view, ok := ctx.Value(viewKey{}).(string); ok {
		return view
	}
	return contextRuntime
}

// hub hands news to the host and to everybody who watches.
type hub struct {
	out func(News)

	mu       sync.Mutex // guards watchers and keeps the order of news the same for all
	watchers map[chan News]struct{}
}

func (a *Assistant) publish(ctx context.Context, data NewsData) {
	a.mu.Lock()
	data.ID = a.deps.NewID()
	a.mu.Unlock()
	data.Origin = a.deps.Instance
	a.news.publish(News{Type: newsType, Context: viewOf(ctx), Data: data, Timestamp: a.deps.Now().UnixMilli()})
}

func (h *hub) publish(n News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.out != nil {
		h.out(n)
	}
	for w := range h.watchers {
		select {
		case w <- n:
		default: // too slow: everything it missed is in a new snapshot
			drain(w)
			n.Data = NewsData{ID: n.Data.ID, Origin: n.Data.Origin, Reset: true}
			w <- n
		}
	}
}

func drain(w chan News) {
	for {
		select {
		case <-w:
		default:
			return
		}
	}
}

func (h *hub) join() chan News {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = map[chan News]struct{}{}
	}
	w := make(chan News, watchDepth)
	h.watchers[w] = struct{}{}
	return w
}

func (h *hub) leave(w chan News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

// watch streams news until the view is gone.
func (a *Assistant) watch(ctx context.Context, _ Watch, emit func(News) error) (Empty, error) {
	w := a.news.join()
	defer a.news.leave(w)
	for {
		select {
		case n := <-w:
			if err := emit(n); err != nil {
				return Empty{}, err
			}
		case <-ctx.Done():
			return Empty{}, ctx.Err()
		}
	}
}

// Lasting says whether news tells of more than the growing of an answer: of something to exchange with other devices.
func (d NewsData) Lasting() bool {
	if d.Reset {
		return true
	}
	for _, c := range d.Changes {
		if c.Kind != record.KindRun && (c.Kind != record.KindMessage || store.IndexKey(c.Body, "state") != string(run.StateRunning)) {
			return true
		}
	}
	return false
}
