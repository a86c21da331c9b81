package klp

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

const (
	idPrefix    = "kind:did:"
	idSuffix    = "#ed25519"
	shortPrefix = "kid:device:"
	shortBytes  = 8 // of the hash, 16 hexadecimal digits
)

// ID is the public identity of a node: kind:did:<base64url of its public key>#ed25519.
type ID string

// IDOf is the identity that a public key makes.
func IDOf(key ed25519.PublicKey) ID {
	return ID(idPrefix + base64.RawURLEncoding.EncodeToString(key) + idSuffix)
}

// ParseID reads an identity as a person gives it; fault.Invalid for anything else.
func ParseID(text string) (ID, error) {
	id := ID(strings.TrimSpace(text))
	if _, ok := id.Key(); !ok {
		return "", fault.New(fault.Invalid, "that is not the identity of a kai").WithRemedy("write the one that kai sync id prints there")
	}
	return id, nil
}

// Short is an identity for people: kid:device:<16 hexadecimal digits of the SHA-256 of its public key>.
func (id ID) Short() string {
	key, _ := id.Key()
	sum := sha256.Sum256(key)
	return shortPrefix + hex.EncodeToString(sum[:shortBytes])
}

// Key is the public key, false when the text is no identity. There is one text for each key.
func (id ID) Key() (ed25519.PublicKey, bool) {
	middle, start := strings.CutPrefix(string(id), idPrefix)
	middle, end := strings.CutSuffix(middle, idSuffix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(middle)
	ok := start && end && err == nil && len(raw) == ed25519.PublicKeySize && IDOf(raw) == id
	return raw, ok
}
