package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

// maxWords bounds what is looked for in one search, in bytes.
const maxWords = 4096

// Kinds is a schema made ready for checking. Every backend checks through it, so that all refuse the same input with
// the same words.
type Kinds struct {
	specs map[record.Kind]KindSpec
	order []record.Kind
}

// NewKinds indexes a schema.
func NewKinds(schema []KindSpec) Kinds {
	k := Kinds{specs: make(map[record.Kind]KindSpec, len(schema))}
	for _, spec := range schema {
		k.specs[spec.Kind] = spec
		k.order = append(k.order, spec.Kind)
	}
	return k
}

// All lists the kinds in the schema's order.
func (k Kinds) All() []record.Kind { return slices.Clone(k.order) }

// Schema gives the schema back.
func (k Kinds) Schema() []KindSpec {
	out := make([]KindSpec, len(k.order))
	for i, kind := range k.order {
		out[i] = k.specs[kind]
	}
	return out
}

// Spec answers how a kind is kept, or fault.Invalid for a kind that the schema does not list.
func (k Kinds) Spec(kind record.Kind) (KindSpec, error) {
	spec, ok := k.specs[kind]
	if !ok {
		return KindSpec{}, fault.New(fault.Invalid, "there is no kind %s", quoted(string(kind))).WithField("kind").
			WithRemedy("use one of %v", k.order)
	}
	return spec, nil
}

// CheckBatch is the whole static check of Apply: size, each record, each condition, and no key twice.
func (k Kinds) CheckBatch(batch []Write) error {
	if len(batch) > MaxBatch {
		return fault.New(fault.Invalid, "a batch of %d writes is over the limit of %d", len(batch), MaxBatch).
			WithRemedy("split it, or use store.Load")
	}
	seen := make(map[record.Key]bool, len(batch))
	for i, w := range batch {
		if err := k.checkWrite(w, seen); err != nil {
			return at(err, fmt.Sprintf("batch[%d]", i))
		}
	}
	return nil
}

// CheckRecords is the static check of LoadBulk: each record, and no key twice.
func (k Kinds) CheckRecords(records []record.Record) error {
	seen := make(map[record.Key]bool, len(records))
	for i, r := range records {
		if err := k.checkWrite(Put(r), seen); err != nil {
			return at(err, fmt.Sprintf("records[%d]", i))
		}
	}
	return nil
}

func (k Kinds) checkWrite(w Write, seen map[record.Key]bool) error {
	if err := k.CheckRecord(w.Record); err != nil {
		return err
	}
	if w.If != nil && w.Record.Version <= *w.If {
		return fault.New(fault.Invalid, "the new version is not after the one it replaces").WithField("version").
			WithRemedy("observe the stored version with the clock before stamping the new one")
	}
	key := w.Record.Key()
	if seen[key] {
		return fault.New(fault.Invalid, "%s is written twice in one batch", quoted(key.ID)).WithField("id").
			WithRemedy("write its final state once")
	}
	seen[key] = true
	return nil
}

// CheckRecord says whether a record may be stored: a known kind, an id of 1 to 256 visible ASCII characters, a clock's
// version, a body that is one JSON object in valid UTF-8 (none on a tombstone), and index keys within their limit.
func (k Kinds) CheckRecord(r record.Record) error {
	spec, err := k.Spec(r.Kind)
	if err != nil {
		return err
	}
	if err := checkID(r.ID); err != nil {
		return err
	}
	if _, err := record.ParseVersion(string(r.Version)); err != nil {
		return fault.New(fault.Invalid, "%s is not a record version", quoted(string(r.Version))).WithField("version").
			WithRemedy("stamp the record with a record.Clock")
	}
	if r.Deleted {
		return checkTombstone(r)
	}
	return checkBody(spec, r.Body)
}

// CheckKeys is the static check of Get.
func (k Kinds) CheckKeys(keys []record.Key) error {
	if len(keys) > MaxBatch {
		return fault.New(fault.Invalid, "%d keys in one read are over the limit of %d", len(keys), MaxBatch).
			WithRemedy("ask in parts")
	}
	for i, key := range keys {
		_, err := k.Spec(key.Kind)
		if err == nil {
			err = checkID(key.ID)
		}
		if err != nil {
			return at(err, fmt.Sprintf("keys[%d]", i))
		}
	}
	return nil
}

// checkID keeps ids to visible ASCII: there byte order, UTF-16 order and every collation of a backend agree.
func checkID(id string) error {
	if id == "" || len(id) > MaxIDBytes {
		return fault.New(fault.Invalid, "an id has 1 to %d characters, this one has %d", MaxIDBytes, len(id)).WithField("id").
			WithRemedy("make ids with record.NewID")
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return fault.New(fault.Invalid, "the id %s has a character outside visible ASCII", quoted(id)).WithField("id").
				WithRemedy("make ids with record.NewID")
		}
	}
	return nil
}

func checkTombstone(r record.Record) error {
	if len(r.Body) > 0 {
		return fault.New(fault.Invalid, "a deleted record has no body").WithField("body").
			WithRemedy("leave the body away, or do not mark the record deleted")
	}
	return nil
}

func checkBody(spec KindSpec, body json.RawMessage) error {
	if len(body) > MaxBodyBytes {
		return fault.New(fault.Invalid, "a body of %d bytes is over the limit of %d", len(body), MaxBodyBytes).
			WithField("body").WithRemedy("keep large content outside the record")
	}
	if !validObject(body) {
		return fault.New(fault.Invalid, "a body is one JSON object in UTF-8").WithField("body").
			WithRemedy("marshal a struct or a map")
	}
	return checkIndexKeys(spec, body)
}

func checkIndexKeys(spec KindSpec, body json.RawMessage) error {
	for i, key := range IndexKeys(spec, body) {
		if len(key) > MaxIndexBytes || bytes.IndexByte([]byte(key), 0) >= 0 {
			return fault.New(fault.Invalid, "an indexed field has at most %d bytes and no NUL", MaxIndexBytes).
				WithField("body." + spec.Indexes[i]).WithRemedy("shorten the field")
		}
	}
	return nil
}

// at puts the place of an element before the field that a check named.
func at(err error, place string) error {
	f := fault.Public(err)
	if f.Field != "" {
		place += "." + f.Field
	}
	return f.WithField(place)
}

// quoted shows text from outside without letting it fill a screen.
func quoted(text string) string {
	const most = 64
	if len(text) > most {
		return fmt.Sprintf("%.*q…", most, text)
	}
	return fmt.Sprintf("%q", text)
}

// CheckText is the static check of SearchText. It returns the folded words to look for (none: nothing matches) and the
// query with its limit filled in.
func (k Kinds) CheckText(q TextQuery) (TextQuery, []string, error) {
	spec, err := k.Spec(q.Kind)
	if err != nil {
		return q, nil, err
	}
	if len(spec.Text) == 0 {
		return q, nil, fault.New(fault.Invalid, "%s has no text to search", q.Kind).WithField("kind").
			WithRemedy("search a kind that declares text fields")
	}
	if len(q.Words) > maxWords {
		return q, nil, fault.New(fault.Invalid, "a search has at most %d bytes", maxWords).WithField("words").
			WithRemedy("search for fewer words")
	}
	if q.Limit, err = CheckLimit(q.Limit); err != nil {
		return q, nil, err
	}
	return q, Words(q.Words), nil
}
