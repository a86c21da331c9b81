// Package lent carries a record store over a connection: who owns it serves Methods, who borrows it has a store.Store.
//
// It is how a browser's records are reached without the browser knowing why: kai brings replicas to agreement and moves data
// by borrowing. The owner decides what is lent by the store that it serves. Imports shared/{store,record,protocol,fault}.
package lent

import (
	"context"

	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Capability is what an owner that lends says in its hello. EventChanged is how it tells that there is something new.
const (
	Capability   = "store"
	EventChanged = "store.changed"
)

// The methods, with request and reply type.
const (
	methodGet     = "store.get"     // []record.Key -> []record.Record
	methodApply   = "store.apply"   // []store.Write -> store.Result
	methodList    = "store.list"    // store.Query -> store.Page
	methodChanges = "store.changes" // since -> store.Feed
)

// since is the request of methodChanges.
type since struct {
	Since uint64 `json:"since"`
	Limit int    `json:"limit"`
}

// Methods serves a store. Whoever calls does with it what they like: only connections that were let in may reach it.
func Methods(s store.Store) protocol.Mux {
	return protocol.Mux{
		methodGet: func(ctx context.Context, r *protocol.Request) (any, error) {
			var keys []record.Key
			if err := r.Decode(&keys); err != nil {
				return nil, err
			}
			return s.Get(ctx, keys...)
		},
		methodApply: func(ctx context.Context, r *protocol.Request) (any, error) {
			var batch []store.Write
			if err := r.Decode(&batch); err != nil {
				return nil, err
			}
			return s.Apply(ctx, batch...)
		},
		methodList: func(ctx context.Context, r *protocol.Request) (any, error) {
			var q store.Query
			if err := r.Decode(&q); err != nil {
				return nil, err
			}
			return s.List(ctx, q)
		},
		methodChanges: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in since
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return s.Changes(ctx, in.Since, in.Limit)
		},
	}
}
