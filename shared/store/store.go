// Package store is the contract of every record store: memory, IndexedDB, chrome.storage, SQLite, and those to come.
//
// The contract is small on purpose; extra powers are optional interfaces with one helper function each that falls back
// where a backend lacks the power. shared/store/storetest is the whole test of a backend. Imports shared/record and
// shared/fault; never a backend.
package store

import (
	"context"

	"github.com/kindos/kai/shared/record"
)

// Limits that every backend enforces with fault.Invalid or fault.Exhausted.
const (
	MaxIDBytes    = 256
	MaxBodyBytes  = 16 << 20
	MaxBatch      = 10_000
	MaxPage       = 10_000
	DefaultPage   = 200
	MaxIndexBytes = 512
)

// Store keeps records. All methods are safe for concurrent use and return fault.Canceled or fault.Timeout when ctx ends
// first (a batch is then either wholly applied or not at all).
type Store interface {
	// Get reads records by key, in the order asked; a missing key gives a Record with an empty Version.
	// Tombstones are returned (Deleted is true). A body comes back as the same JSON value, numbers digit for digit.
	Get(ctx context.Context, keys ...record.Key) ([]record.Record, error)

	// Apply writes a batch atomically: all of it or nothing. Without a condition the newer version wins and an older or
	// equal one is dropped (Result.Won says which). Those that won take the next sequence numbers in the order of the
	// batch, one each; Result.Seq is the last. A condition that does not hold answers fault.Conflict and nothing is
	// written. Bad records, and a key twice in one batch, answer fault.Invalid; a full disk or quota fault.Exhausted.
	Apply(ctx context.Context, batch ...Write) (Result, error)

	// List pages through one kind in the order of an index (ties by id).
	List(ctx context.Context, q Query) (Page, error)

	// Changes returns what was written after sequence number since, oldest first, each record once in its newest
	// state, at most limit of them (0 means DefaultPage). The feed has no gaps and survives a restart. A since that
	// the store has not reached answers fault.Invalid: it is from another store.
	Changes(ctx context.Context, since uint64, limit int) (Feed, error)

	// Close releases the backend. Later calls answer fault.Unavailable.
	Close() error
}

// Write is one record to store. If, when set, is the version that the stored record must have now; the empty version
// demands that no record (not even a tombstone) is stored under the key.
type Write struct {
	Record record.Record   `json:"record"`
	If     *record.Version `json:"if,omitempty"`
}

// Put is a Write without a condition: last writer wins by version.
func Put(r record.Record) Write { return Write{Record: r} }

// PutIf is a compare-and-swap: it holds only while the stored version equals v ("" = absent).
func PutIf(r record.Record, v record.Version) Write { return Write{Record: r, If: &v} }

// Result says what a batch did: the sequence number after it, and for each write whether it became the stored state.
type Result struct {
	Seq uint64 `json:"seq"`
	Won []bool `json:"won"`
}

// Query selects records of one kind. An index key is the text of a top-level string field of the body (see Schema); the
// empty Index orders by id. Order is by the bytes of UTF-8. Records without that field, or with an empty text there, are
// not in the index. From is inclusive, To exclusive; empty
// means open. Equal asks for one exact index key and excludes From and To.
type Query struct {
	Kind    record.Kind `json:"kind"`
	Index   string      `json:"index,omitempty"`
	Equal   string      `json:"equal,omitempty"`
	From    string      `json:"from,omitempty"`
	To      string      `json:"to,omitempty"`
	Reverse bool        `json:"reverse,omitempty"`
	Limit   int         `json:"limit,omitempty"`   // 0 means DefaultPage, at most MaxPage
	After   string      `json:"after,omitempty"`   // Page.Next of the page before
	Deleted bool        `json:"deleted,omitempty"` // include tombstones (only with the empty Index: they have no body)
}

// Page is a slice of an ordered list. Next is empty on the last page; it stays valid while others write: no record that
// exists throughout is skipped or repeated unless its index key moved.
type Page struct {
	Records []record.Record `json:"records"`
	Next    string          `json:"next,omitempty"`
}

// Feed is a slice of the change feed; Seq is the number to ask from next.
type Feed struct {
	Records []record.Record `json:"records"`
	Seq     uint64          `json:"seq"`
	More    bool            `json:"more,omitempty"`
}
