// Package sealed exchanges with a kai that keeps records without being able to read them: it sees what kind of record there
// is, its id, when it changed, whether it is deleted, and how long it is; never what a person wrote.
//
// AES-256-GCM (companion/aesgcm) under a key that only the person's own devices have, from the vault. A body is bound to its
// record and version, so it can be neither changed nor put in another's place; what can be done is to keep it back, or to
// say that it was deleted. Imports companion/aesgcm, shared/{record,replica,store,fault} and the standard library.
package sealed

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
)

const (
	keyPrefix = "kai-seal-" // so that a key is known for one by people and by scanners
	purpose   = "kai sealed record 1"
)

// Box seals bodies and opens them. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// body is a sealed body; see replica.SealedField.
type body struct {
	Sealed []byte `json:"sealed"` // nonce, ciphertext and tag
}

// NewKey makes a key; it is shown to its person, who gives it to the vault of each device.
func NewKey() string {
	var raw [aesgcm.KeyBytes]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails since Go 1.24
	return keyPrefix + base64.RawURLEncoding.EncodeToString(raw[:])
}

// New is the box of a key made by NewKey; anything else answers fault.Invalid.
func New(key string) (*Box, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(key), keyPrefix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !ok || err != nil || len(raw) != aesgcm.KeyBytes {
		return nil, fault.New(fault.Invalid, "that is no key for encryption").WithRemedy("make one with kai sync key, and keep it in the vault of each device")
	}
	aead, err := aesgcm.New(raw)
	return &Box{aead}, err
}

// Seal gives a record with its body sealed; a deletion has none.
func (b *Box) Seal(r record.Record) (record.Record, error) {
	if r.Deleted {
		return r, nil
	}
	text, err := json.Marshal(body{b.aead.Seal(nil, nil, r.Body, bound(r))})
	if err == nil && len(text) > store.MaxBodyBytes {
		err = fault.New(fault.Exhausted, "the %s %s is too large to be encrypted", r.Kind, r.ID).WithRemedy("shorten it, or keep its conversation on this device")
	}
	r.Body = text
	return r, err
}

// Open gives a record as it was before Seal. One that was not sealed with this key, or not as this record in this version,
// answers fault.Malformed.
func (b *Box) Open(r record.Record) (record.Record, error) {
	if r.Deleted {
		return r, nil
	}
	opened, err := b.open(r)
	if err != nil && r.Kind == record.KindConflict {
		opened, err = b.openCopy(r)
	}
	if err != nil {
		return record.Record{}, fault.New(fault.Malformed, "the %s %s there was not encrypted with this key, or was changed", r.Kind, r.ID).
			WithRemedy("keep the same key in the vault of each device; where the other kai has records of its own, begin with an empty one")
	}
	return opened, nil
}

func (b *Box) open(r record.Record) (record.Record, error) {
	var in body
	err := json.Unmarshal(r.Body, &in)
	if err == nil {
		r.Body, err = b.aead.Open(nil, nil, in.Sealed, bound(r))
	}
	return r, err
}

// openCopy opens a text that lost, kept by who could not read it, into the copy that a device would have made of it.
func (b *Box) openCopy(r record.Record) (record.Record, error) {
	var c replica.Copy
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return record.Record{}, err
	}
	lost, err := b.open(record.Record{Kind: c.Of.Kind, ID: c.Of.ID, Version: c.Version, Body: c.Body})
	if err != nil {
		return record.Record{}, err
	}
	kept, err := replica.CopyOf(lost)
	if err == nil && (kept.ID != r.ID || kept.Version != r.Version) {
		err = errors.New("it is the copy of something else")
	}
	return kept, err
}

// bound is what a body belongs to.
func bound(r record.Record) []byte {
	text, _ := json.Marshal([]string{purpose, string(r.Kind), r.ID, string(r.Version)}) // texts always marshal
	return text
}
