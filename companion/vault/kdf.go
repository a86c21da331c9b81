package vault

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"runtime/debug"
	"strconv"

	"golang.org/x/crypto/argon2"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// The ways from a password to a key, as the file names them.
const (
	Argon2id     = "argon2id"
	PBKDF2SHA512 = "pbkdf2-sha512"
)

const (
	keyBytes  = 32 // AES-256
	saltBytes = 16
)

// What a file may ask of this computer: a hostile one must not fill its memory or keep it busy for hours.
const (
	maxPasses     = 32
	maxMemory     = 1 << 20 // KiB: 1 GiB
	maxLanes      = 16
	maxIterations = 10_000_000
)

// KDF is how the key is made of the password. The whole of it is bound to everything that the key seals.
type KDF struct {
	Name       string `json:"name"`
	Salt       []byte `json:"salt"`
	Iterations uint32 `json:"iterations"`           // passes of Argon2id, rounds of PBKDF2
	Memory     uint32 `json:"memory_kib,omitempty"` // Argon2id only
	Lanes      uint8  `json:"lanes,omitempty"`      // Argon2id only
}

// Strong is the KDF of new vaults: Argon2id as RFC 9106 section 4 recommends where memory is limited. The salt is made when
// a vault is.
func Strong() KDF { return KDF{Name: Argon2id, Iterations: 3, Memory: 64 << 10, Lanes: 4} }

// salted gives the same way with a salt of its own.
func (k KDF) salted() KDF {
	k.Salt = make([]byte, saltBytes)
	_, _ = rand.Read(k.Salt) // crypto/rand.Read never fails since Go 1.24
	return k
}

// check refuses what is unknown (fault.Unsupported) or out of bounds (fault.Malformed).
func (k KDF) check() error {
	ok := len(k.Salt) == saltBytes && k.Iterations > 0
	switch k.Name {
	case Argon2id:
		ok = ok && k.Iterations <= maxPasses && k.Lanes > 0 && k.Lanes <= maxLanes && k.Memory >= 8*uint32(k.Lanes) && k.Memory <= maxMemory
	case PBKDF2SHA512:
		ok = ok && k.Iterations <= maxIterations && k.Memory == 0 && k.Lanes == 0
	case "":
		ok = false
	default:
		return fault.New(fault.Unsupported, "this kai cannot make keys by %q", k.Name).WithRemedy("open the vault with the kai that wrote it")
	}
	if !ok {
		return damaged("its key derivation is out of bounds")
	}
	return nil
}

// derive makes the key, keyBytes long.
func (k KDF) derive(password config.Secret) ([]byte, error) {
	if k.Name == PBKDF2SHA512 {
		return pbkdf2.Key(sha512.New, password.Reveal(), k.Salt, int(k.Iterations), keyBytes)
	}
	defer debug.FreeOSMemory() // tens of MiB that nobody needs again: an idle kai would hold on to them
	return argon2.IDKey([]byte(password.Reveal()), k.Salt, k.Iterations, k.Memory, k.Lanes, keyBytes), nil
}

// fields are all that is bound, in order.
func (k KDF) fields() [][]byte {
	number := func(n uint32) []byte { return []byte(strconv.FormatUint(uint64(n), 10)) }
	return [][]byte{[]byte(k.Name), k.Salt, number(k.Iterations), number(k.Memory), number(uint32(k.Lanes))}
}
