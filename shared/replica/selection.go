package replica

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Selection says what is shared. Everything else neither leaves nor comes in. A tombstone tells no conversation: that a
// message of a private one was deleted may leave, as a bare id.
type Selection struct {
	Kinds   []record.Kind // shared kinds; record.KindReplica never is
	Private []string      // conversations that stay on this device, by id
}

// History is the selection of what a person wrote, gathered and put in order. Services stay: their records may hold keys; so
// do runs and settings, which are about this device, and images and files, whose contents are blobs, which nobody exchanges.
func History() Selection {
	return Selection{Kinds: []record.Kind{
		record.KindConversation, record.KindMessage, record.KindConflict, record.KindFolder, record.KindPrompt, record.KindPersona,
		record.KindDocument, record.KindPassage, record.KindVector,
	}}
}

// choice is a Selection made ready for asking.
type choice struct {
	kinds   map[record.Kind]bool
	private map[string]bool
	digest  string
}

func (s Selection) compile() choice {
	c := choice{kinds: map[record.Kind]bool{}, private: map[string]bool{}}
	var parts []string
	for _, kind := range s.Kinds {
		c.kinds[kind] = kind != record.KindReplica
		parts = append(parts, "kind "+string(kind))
	}
	for _, id := range s.Private {
		c.private[id] = true
		parts = append(parts, "private "+id)
	}
	slices.Sort(parts)
	sum := digest.NewSHA256()
	_, _ = sum.Write([]byte(strings.Join(slices.Compact(parts), "\n"))) // a hash never fails to write
	c.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return c
}

// shares leaves out an answer that is being made: it is shared when it has ended.
func (c choice) shares(r record.Record) bool {
	if !c.kinds[r.Kind] || unfinished(r) {
		return false
	}
	return len(c.private) == 0 || !c.private[conversationOf(r)]
}

func unfinished(r record.Record) bool {
	const running = "running" // a message's state, as shared/run writes it
	return r.Kind == record.KindMessage && store.IndexKey(r.Body, "state") == running
}

func conversationOf(r record.Record) string {
	switch {
	case r.Kind == record.KindConversation:
		return r.ID
	case r.Deleted:
		return ""
	}
	return store.IndexKey(r.Body, "conversation")
}
