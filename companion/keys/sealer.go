package keys

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/fault"
)

// Sealer seals the keys of services that were given as they are (AES-256-GCM), with a key in a file of its own: records,
// backups and exports, which do not have that file, are of no use to whoever wants the keys.
type Sealer struct{ aead cipher.AEAD }

// OpenSealer reads the file, and makes it, for this user only, when there is none.
func OpenSealer(path string) (*Sealer, error) {
	key, err := os.ReadFile(path) //nolint:gosec // in the data directory
	if errors.Is(err, fs.ErrNotExist) {
		key, err = newSealer(path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the file that seals the keys of services cannot be used")
	}
	if len(key) != aesgcm.KeyBytes {
		return nil, fault.New(fault.Invalid, "the file %s, which seals the keys of services, is damaged", path).
			WithRemedy("put it back from a copy, or remove it and enter the keys of services again")
	}
	aead, err := aesgcm.New(key)
	return &Sealer{aead}, err
}

// newSealer writes the file and waits until it is on disk: what it seals could be opened never again without it.
func newSealer(path string) ([]byte, error) {
	key := make([]byte, aesgcm.KeyBytes)
	_, _ = rand.Read(key)                                                    // never fails
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // in the data directory
	if err != nil {
		return nil, err
	}
	_, err = file.Write(key)
	return key, errors.Join(err, file.Sync(), file.Close())
}

// Seal encrypts a key.
func (s *Sealer) Seal(_ context.Context, key string) (string, error) {
	return base64.RawStdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(key), nil)), nil //nolint:gosec // the cipher takes its own nonce, a random one
}

// Open decrypts a key; fault.Malformed for what was not sealed here, or was changed since.
func (s *Sealer) Open(_ context.Context, sealed string) (string, error) {
	raw, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil {
		raw, err = s.aead.Open(nil, nil, raw, nil)
	}
	if err != nil {
		return "", fault.New(fault.Malformed, "the key was sealed elsewhere, or was changed").WithRemedy("enter it again")
	}
	return string(raw), nil
}
