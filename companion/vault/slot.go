package vault

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Keyring keeps secrets for a person who is signed in to the computer. What it has not answers fault.NotFound.
type Keyring interface {
	Keep(ctx context.Context, account string, secret config.Secret) error
	Find(ctx context.Context, account string) (config.Secret, error)
	Forget(ctx context.Context, account string) error
}

const (
	slotName    = "kai-vault-keyring"
	slotVersion = 1
	maxSlot     = 4 << 10
)

// slot is a second way to the vault's key, in a file beside the vault: the key, encrypted under a random one that a keyring
// has. Neither of the two is of use alone, so it ends with this file. It is bound to the vault's head: with another password
// it opens nothing.
type slot struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Account string `json:"account"` // what the keyring calls its part
	Key     []byte `json:"key"`     // a box; see document
}

// slotFile is where it is.
func slotFile(vault string) string { return vault + ".keyring" }

// parseSlot reads a slot; a damaged one is fault.Malformed, a newer one fault.Unsupported.
func parseSlot(text []byte) (slot, error) {
	var s slot
	if err := json.Unmarshal(text, &s); err != nil || s.Format != slotName || len(text) > maxSlot || s.Account == "" {
		return slot{}, spoiltSlot()
	}
	if s.Version != slotVersion {
		return slot{}, fault.New(fault.Unsupported, "what is kept for the keyring has version %d, this kai reads %d", s.Version, slotVersion).WithRemedy("use the kai that wrote it, or make it anew: kai vault keyring on")
	}
	if !bytes.Equal(s.text(), text) {
		return slot{}, spoiltSlot()
	}
	return s, nil
}

func spoiltSlot() error {
	return fault.New(fault.Malformed, "what is kept for the keyring is damaged").WithRemedy("make it anew: kai vault keyring on")
}

func (s slot) text() []byte {
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return nil // nothing in it fails to marshal
	}
	return append(text, '\n')
}

// slot reads the slot of a vault; fault.NotFound when no keyring opens it.
func (v *Vault) slot() (slot, error) {
	text, err := os.ReadFile(slotFile(v.path))
	if errors.Is(err, fs.ErrNotExist) {
		return slot{}, fault.New(fault.NotFound, "no keyring opens the vault").WithRemedy("have one do it: kai vault keyring on")
	}
	if err != nil {
		return slot{}, unusable(v.path, err)
	}
	return parseSlot(text)
}

// HasKeyring says whether a keyring is meant to open the vault. It asks none.
func (v *Vault) HasKeyring() bool {
	_, err := v.slot()
	return fault.CodeOf(err) != fault.NotFound
}

// KeyringOn has a keyring open the vault from now on; the vault is unlocked. An earlier way by a keyring ends.
func (v *Vault) KeyringOn(ctx context.Context, k Keyring) error {
	var secret [keyBytes]byte
	var name [8]byte
	_, _ = rand.Read(secret[:]) // crypto/rand.Read never fails since Go 1.24
	_, _ = rand.Read(name[:])
	outer, err := aesgcm.New(secret[:])
	if err != nil {
		return err
	}
	earlier, _ := v.slot() // a damaged one is replaced
	s := slot{Format: slotName, Version: slotVersion, Account: "vault " + hex.EncodeToString(name[:])}
	if !v.Use() {
		return v.locked() // said before the keyring is asked for anything
	}
	if err := k.Keep(ctx, s.Account, config.Secret(base64.RawURLEncoding.EncodeToString(secret[:]))); err != nil {
		return err
	}
	err = v.with(ctx, func(d *document, _ cipher.AEAD) error {
		s.Key = lay(outer, v.key, d.bound("keyring", []byte(s.Account)))
		return replace(slotFile(v.path), s.text(), func([]byte) error { return nil })
	})
	if err != nil {
		return errors.Join(err, k.Forget(ctx, s.Account))
	}
	if earlier.Account != "" {
		_ = k.Forget(ctx, earlier.Account) // it opens nothing any more
	}
	return nil
}

// KeyringOff ends it; fault.NotFound when none opened it. It has ended also when the keyring's own part could not be taken
// out, which is told: that part opens nothing any more.
func (v *Vault) KeyringOff(ctx context.Context, k Keyring) error {
	s, err := v.slot()
	if fault.CodeOf(err) == fault.NotFound {
		return err
	}
	if err := forgetSlot(v.path); err != nil {
		return err
	}
	if s.Account == "" {
		return nil // it was damaged, and its part of the keyring has no name any more
	}
	if err := k.Forget(ctx, s.Account); err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	return nil
}

// forgetSlot takes the file away.
func forgetSlot(vault string) error {
	if err := os.Remove(slotFile(vault)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unusable(vault, err)
	}
	return nil
}

// UnlockBy takes the key by way of a keyring. fault.NotFound when no keyring opens the vault, or the keyring has nothing for
// it; fault.Unauthorized when what it has does not fit. No password is tried, so none is counted.
func (v *Vault) UnlockBy(ctx context.Context, k Keyring) error {
	s, err := v.slot()
	if err != nil {
		return err
	}
	secret, err := k.Find(ctx, s.Account) // it may take its time: the vault is not held
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	release, err := hold(ctx, v.path)
	if err != nil {
		return err
	}
	defer release()
	d, err := load(v.path)
	if err != nil {
		return err
	}
	key, box, err := s.open(d, secret)
	if err != nil {
		return err
	}
	if !d.genuine(box) {
		clear(key)
		return damaged("somebody without its password changed it")
	}
	v.keep(key, d)
	return nil
}

// open gives the key of a vault, and its cipher.
func (s slot) open(d *document, secret config.Secret) ([]byte, cipher.AEAD, error) {
	misfit := fault.New(fault.Unauthorized, "what the keyring has does not open the vault").
		WithRemedy("if its password was changed elsewhere, have the keyring open it anew: kai vault keyring on")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret.Reveal())
	if err != nil || len(raw) != keyBytes {
		return nil, nil, misfit
	}
	outer, err := aesgcm.New(raw)
	if err != nil {
		return nil, nil, err
	}
	key, ok := lift(outer, s.Key, d.bound("keyring", []byte(s.Account)))
	if !ok || len(key) != keyBytes {
		return nil, nil, misfit
	}
	box, err := aesgcm.New(key)
	if err != nil {
		return nil, nil, err
	}
	if !d.fits(box) {
		return nil, nil, misfit
	}
	return key, box, nil
}
