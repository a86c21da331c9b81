package idb

import (
	"encoding/json"
	"strconv"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// metaStore is the object store that holds no kind. feedIndex is the change feed: an index of every other one.
const (
	metaStore = "meta"
	feedIndex = "seq"
)

// Packing of bulk loads: records and body bytes to a leaf, and from how many writes on a batch packs at all. Measured: more
// records to a leaf load faster still (0.3 of plain JavaScript's time at 32), but each read of a single one takes its
// neighbours along, and beyond 4 that is felt.
const (
	packRecords = 4
	packBytes   = 8 << 10
	packFrom    = 9
)

// gatherFrom is from how many records that a list met alone in their leaves on they are joined: fewer are read fast enough.
const gatherFrom = 32

// reservedStores are the specification's object stores for kinds that are still to come.
func reservedStores() []string {
	return []string{"agents", "vault", "logs", "sync_outbox"}
}

// blobStores are those of blobs.ts.
func blobStores() []string { return []string{"blobs", "blob_parts"} }

// storeName is the object store of a kind: the specification's name where it has one.
func storeName(kind record.Kind) string {
	if kind == record.KindRun {
		return "sessions"
	}
	return string(kind) + "s"
}

// layout maps kinds to their place in the schema, by which the shim knows them.
type layout struct {
	schema []store.KindSpec
	at     map[record.Kind]int
}

func newLayout(schema []store.KindSpec) layout {
	l := layout{schema: schema, at: make(map[record.Kind]int, len(schema))}
	for i, spec := range schema {
		l.at[spec.Kind] = i
	}
	return l
}

// plan is the shim's view of the schema, as JSON.
func (l layout) plan(gatherFrom int) string {
	type kind struct {
		Kind    record.Kind `json:"kind"`
		Store   string      `json:"store"`
		Indexes []string    `json:"indexes"`
		Packed  bool        `json:"packed"`
	}
	kinds := make([]kind, len(l.schema))
	for i, spec := range l.schema {
		kinds[i] = kind{spec.Kind, storeName(spec.Kind), append([]string{}, spec.Indexes...), spec.Packed}
	}
	text, _ := json.Marshal(map[string]any{ // plain strings and numbers always marshal
		"kinds": kinds, "meta": metaStore,
		"packRecords": packRecords, "packBytes": packBytes, "packFrom": packFrom, "gatherFrom": gatherFrom,
	})
	return string(text)
}

func openHead(epoch int64) string { return `{"epoch":` + strconv.FormatInt(epoch, 10) + `}` }

func changesHead(since uint64, limit int) string {
	return `{"since":` + strconv.FormatUint(since, 10) + `,"limit":` + strconv.Itoa(limit) + `}`
}

// keysHead is a flat list: kind, id, kind, id.
func (l layout) keysHead(keys []record.Key) string {
	b := make([]byte, 0, 44*len(keys))
	for i, key := range keys {
		b = append(b, separator(i))
		b = strconv.AppendInt(b, int64(l.at[key.Kind]), 10)
		b = append(b, ',')
		b = appendText(b, key.ID)
	}
	return string(append(b, ']'))
}

// batchHead is a flat list too: for each write kind, id, version, length (-1: a tombstone), condition or null, and a key
// or null for each of the kind's indexes. The bodies follow one another in data.
func (l layout) batchHead(batch []store.Write, strict bool) (head string, data []byte) {
	size := 0
	for i := range batch {
		size += len(batch[i].Record.Body)
	}
	data = make([]byte, 0, size)
	b := make([]byte, 0, 160*len(batch)+64)
	b = strconv.AppendBool(append(b, `{"strict":`...), strict)
	b = append(b, `,"writes":`...)
	for i := range batch {
		b = l.appendWrite(append(b, separator(i)), &batch[i])
		data = append(data, batch[i].Record.Body...)
	}
	if len(batch) == 0 {
		b = append(b, '[')
	}
	return string(append(b, "]}"...)), data
}

func (l layout) appendWrite(b []byte, w *store.Write) []byte {
	r := &w.Record
	at := l.at[r.Kind]
	b = append(strconv.AppendInt(b, int64(at), 10), ',')
	b = append(appendText(b, r.ID), ',')
	b = append(appendText(b, string(r.Version)), ',')
	size := len(r.Body)
	if r.Deleted {
		size = -1
	}
	b = append(strconv.AppendInt(b, int64(size), 10), ',')
	if w.If == nil {
		b = append(b, "null"...)
	} else {
		b = appendText(b, string(*w.If))
	}
	return appendKeys(b, &l.schema[at], r)
}

func appendKeys(b []byte, spec *store.KindSpec, r *record.Record) []byte {
	keys := make([]string, len(spec.Indexes))
	if !r.Deleted {
		keys = store.IndexKeys(*spec, r.Body)
	}
	for _, key := range keys {
		if b = append(b, ','); key == "" {
			b = append(b, "null"...)
		} else {
			b = appendText(b, key)
		}
	}
	return b
}

// queryHead writes a checked query for the shim.
func (l layout) queryHead(q store.Query, after *store.Cursor) string {
	if after == nil {
		after = &store.Cursor{}
	}
	from, to := q.Range()
	b := strconv.AppendInt([]byte(`{"kind":`), int64(l.at[q.Kind]), 10)
	for _, field := range []struct{ name, value string }{
		{"index", q.Index}, {"from", from}, {"to", to}, {"afterKey", after.Key}, {"afterId", after.ID},
	} {
		b = append(append(b, `,"`...), field.name...)
		b = appendText(append(b, `":`...), field.value)
	}
	b = strconv.AppendBool(append(b, `,"reverse":`...), q.Reverse)
	b = strconv.AppendBool(append(b, `,"deleted":`...), q.Deleted)
	b = strconv.AppendInt(append(b, `,"limit":`...), int64(q.Limit), 10)
	return string(append(b, '}'))
}

// separator opens a JSON list before its first element and parts the others.
func separator(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}

// appendText writes a JSON string; nearly all of ours need no escape.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // a string always marshals
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
