// Package record defines the unit that every store keeps and every replica exchanges.
//
// A record is {kind, id, version, deleted, body}. The id is a UUIDv7, so ids sort by creation; the version is a hybrid
// logical clock stamp, so every store orders writes the same way. Imports shared/fault and the standard library.
package record

import "encoding/json"

// Kind names what a record is about. Kinds are lower-case singular nouns.
type Kind string

// The kinds in use. A kind is added here first; stores refuse kinds that their schema does not list.
const (
	KindConversation Kind = "conversation"
	KindMessage      Kind = "message"
	KindRun          Kind = "run"
	KindService      Kind = "service"
	KindSetting      Kind = "setting"
	KindReplica      Kind = "replica"  // who a store is to others and how far exchanges with them are; never leaves the store
	KindConflict     Kind = "conflict" // a person's text that lost to a change made without having seen it
	KindFolder       Kind = "folder"   // a folder of conversations
	KindPrompt       Kind = "prompt"   // a text with places to fill in
	KindPersona      Kind = "persona"  // how answers are to be
	KindImage        Kind = "image"    // a picture that was made, and how
	KindWorkflow     Kind = "workflow" // how a service makes pictures, in its own words; never leaves the store
	KindDocument     Kind = "document" // a source of knowledge
	KindPassage      Kind = "passage"  // a piece of a document's text
	KindVector       Kind = "vector"   // what an embedding model made of a passage
	KindFile         Kind = "file"     // what is known of a file, whose content is a blob; never leaves the store
)

// Record is one versioned fact. Body is a JSON object; a deleted record (tombstone) has none.
type Record struct {
	Kind    Kind            `json:"kind"`
	ID      string          `json:"id"`
	Version Version         `json:"version"`
	Deleted bool            `json:"deleted,omitempty"`
	Body    json.RawMessage `json:"body,omitempty"`
}

// Key names a record inside a store.
type Key struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
}

// Key returns the record's key.
func (r Record) Key() Key { return Key{Kind: r.Kind, ID: r.ID} }
