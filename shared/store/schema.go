package store

import "github.com/kindos/kai/shared/record"

// SchemaVersion is raised when Schema or a backend's layout changes; a store written by a newer one is refused.
const SchemaVersion = 3

// KindSpec declares how one kind is kept. Each name in Indexes and Text is a top-level string field of the body.
// Packed kinds may be stored several to a value: they are many, small, and rarely rewritten.
type KindSpec struct {
	Kind    record.Kind `json:"kind"`
	Indexes []string    `json:"indexes,omitempty"`
	Text    []string    `json:"text,omitempty"`
	Packed  bool        `json:"packed,omitempty"`
}

// Schema lists every kind. Backends take it at open; it is a function so that no caller can change another's copy.
func Schema() []KindSpec {
	return []KindSpec{
		{Kind: record.KindConversation, Indexes: []string{"updated", "pinned", "shelf"}, Text: []string{"title"}},
		{Kind: record.KindMessage, Indexes: []string{"conversation"}, Text: []string{"text"}, Packed: true},
		{Kind: record.KindRun, Indexes: []string{"conversation", "state"}},
		{Kind: record.KindService},
		{Kind: record.KindSetting},
		{Kind: record.KindReplica},
		{Kind: record.KindConflict, Indexes: []string{"conversation"}},
		{Kind: record.KindFolder},
		{Kind: record.KindPrompt},
		{Kind: record.KindPersona},
		{Kind: record.KindImage, Text: []string{"prompt"}},
		{Kind: record.KindDocument, Indexes: []string{"collection"}, Text: []string{"title"}},
		{Kind: record.KindPassage, Indexes: []string{"document"}, Text: []string{"text"}, Packed: true},
		{Kind: record.KindVector, Indexes: []string{"document"}, Packed: true},
	}
}
