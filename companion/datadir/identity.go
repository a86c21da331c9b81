package datadir

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// identityFile holds the seed of the key that this kai proves itself to other kai by.
const identityFile = "identity"

// Identity is that key; the first call makes it. It is never shown, and a damaged one is refused: a new one would be a
// stranger to every kai that knows this one.
func (d Dir) Identity() (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(d.File(identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return d.newIdentity()
	}
	if err != nil {
		return nil, unusable(d.path, err)
	}
	seed, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fault.New(fault.Invalid, "the file %s is damaged", d.File(identityFile)).
			WithRemedy("put it back from a backup, or remove it: this kai is then a new one to the others")
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func (d Dir) newIdentity() (ed25519.PrivateKey, error) {
	var seed [ed25519.SeedSize]byte
	_, _ = rand.Read(seed[:]) // crypto/rand.Read never fails since Go 1.24
	if err := d.Write(identityFile, []byte(base64.RawURLEncoding.EncodeToString(seed[:])+"\n")); err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// Write replaces a file of the data directory in one step, for this user only.
func (d Dir) Write(name string, text []byte) error {
	if err := write(d.File(name), text); err != nil {
		return unusable(d.path, err)
	}
	return nil
}
