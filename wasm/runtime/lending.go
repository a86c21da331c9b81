package runtime

import (
	"context"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/lent"
)

// lending is what kai may borrow of our store, to bring it to agreement with its own and those of other browsers: what
// replica.History lists, and where the exchanges stand. Services with their keys, settings and runs never leave, whatever
// kai asks.
type lending struct {
	store.Store
	on func() bool
}

func (l *lending) may(kinds ...record.Kind) error {
	if !l.on() {
		return fault.New(fault.Forbidden, "sync is off in this browser").WithRemedy("turn it on in the settings there")
	}
	for _, kind := range kinds {
		if !lends(kind) {
			return fault.New(fault.Forbidden, "%ss stay in the browser", kind)
		}
	}
	return nil
}

func lends(kind record.Kind) bool {
	switch kind {
	case record.KindConversation, record.KindMessage, record.KindConflict, record.KindReplica, record.KindFolder,
		record.KindPrompt, record.KindPersona, record.KindDocument, record.KindPassage, record.KindVector:
		return true
	}
	return false
}

// lends answers what kai asks: for records, and for the pictures that they name.
func (r *Runtime) lends(l *lending) protocol.Handler {
	records := lent.Methods(l)
	return protocol.HandlerFunc(func(ctx context.Context, q *protocol.Request) (any, error) {
		if !strings.HasPrefix(q.Method, assistant.BlobPrefix) {
			return records.Serve(ctx, q)
		}
		if err := l.may(); err != nil {
			return nil, err
		}
		return r.assistant.Serve(ctx, q)
	})
}

// Get reads records; see store.Store.
func (l *lending) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	kinds := make([]record.Kind, len(keys))
	for i, key := range keys {
		kinds[i] = key.Kind
	}
	if err := l.may(kinds...); err != nil {
		return nil, err
	}
	return l.Store.Get(ctx, keys...)
}

// Apply writes a batch; see store.Store.
func (l *lending) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	kinds := make([]record.Kind, len(batch))
	for i, w := range batch {
		kinds[i] = w.Record.Kind
	}
	if err := l.may(kinds...); err != nil {
		return store.Result{}, err
	}
	return l.Store.Apply(ctx, batch...)
}

// List reads a page; see store.Store.
func (l *lending) List(ctx context.Context, q store.Query) (store.Page, error) {
	if err := l.may(q.Kind); err != nil {
		return store.Page{}, err
	}
	return l.Store.List(ctx, q)
}

// Changes reads a piece of the feed, which tells of nothing that stays here; see store.Store.
func (l *lending) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	if err := l.may(); err != nil {
		return store.Feed{}, err
	}
	feed, err := l.Store.Changes(ctx, since, limit)
	shared := feed.Records[:0]
	for _, r := range feed.Records {
		if lends(r.Kind) {
			shared = append(shared, r)
		}
	}
	feed.Records = shared
	return feed, err
}
