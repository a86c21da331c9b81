package store

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"

	"github.com/kindos/kai/shared/fault"
)

// Cursor is the place after which a page goes on: the order key and id of the last record given out. Key is empty when
// the order is by id.
type Cursor struct {
	Query uint32 `json:"q"` // which query it belongs to
	Key   string `json:"k,omitempty"`
	ID    string `json:"i"`
}

// maxCursor bounds what is decoded: a key and an id, each byte escaped, in base64.
const maxCursor = 16 * (MaxIndexBytes + MaxIDBytes)

// NextCursor writes Page.Next: the place of the last record of a page. Callers outside treat it as opaque.
func NextCursor(q Query, key, id string) string {
	text, _ := json.Marshal(Cursor{Query: fingerprint(q), Key: key, ID: id}) // strings and a number always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

// decodeCursor reads q.After; it answers fault.Invalid for a cursor of another query.
func decodeCursor(q Query) (*Cursor, error) {
	if q.After == "" {
		return nil, nil
	}
	var c Cursor
	text, err := base64.RawURLEncoding.DecodeString(q.After[:min(len(q.After), maxCursor)])
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c.Query != fingerprint(q) || !c.within(q) {
		return nil, fault.New(fault.Invalid, "this is not the continuation of that list").WithField("after").
			WithRemedy("pass the next value of the page before, with the same query")
	}
	return &c, nil
}

// within says whether the place lies inside the query, so that a forged cursor reads nothing that the query does not.
func (c Cursor) within(q Query) bool {
	order := c.Key
	if q.Index == "" {
		order = c.ID
	}
	from, to := q.Range()
	return c.ID != "" && order >= from && (to == "" || order < to)
}

// fingerprint covers what must stay the same from page to page; the limit may change.
func fingerprint(q Query) uint32 {
	q.Limit, q.After = 0, ""
	text, _ := json.Marshal(q) // strings and flags always marshal
	sum := fnv.New32a()
	_, _ = sum.Write(text) // a hash never fails to write
	return sum.Sum32()
}
