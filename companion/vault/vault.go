// Package vault keeps secrets in one file, encrypted under a password.
//
// Each secret is encrypted on its own (AES-256-GCM), with a key made of the password by what the file's head names:
// Argon2id in new vaults, PBKDF2-SHA512 in those of WebCrypto. Ids, types, tags and names are readable in the file; all of
// it is sealed, so that no change goes unnoticed. The key is in memory only while the vault is unlocked: until Lock, or Idle
// without use. Beside the file lie FILE.lock (held while it is used), FILE.tries (wrong passwords), and FILE.keyring where
// the system's keyring opens it, too.
//
// Imports companion/aesgcm, companion/datadir (locks), shared/config (the type that hides secrets), shared/fault and x/crypto.
package vault

import (
	"context"
	"crypto/cipher"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Idle is how long a vault stays unlocked without use.
const Idle = 900 * time.Second

// The length of a password, in characters.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// Vault is one file of secrets. Its methods may be called from anywhere at once, and by several processes.
type Vault struct {
	path string
	now  func() time.Time

	mu    sync.Mutex // guards all below
	key   []byte     // nil while locked
	head  string     // what the key was made for: the head of the file then
	used  time.Time
	timer *time.Timer
	until chan struct{} // of this unlocking: closed when it ends
}

// At names the vault of a file, locked; the file need not exist. now gives the time, by the wall.
func At(path string, now func() time.Time) *Vault {
	if real, err := filepath.EvalSymlinks(path); err == nil { // else the link would be replaced and not the file
		path = real
	}
	return &Vault{path: path, now: now}
}

// Create makes an empty vault and leaves it unlocked. A file that is there already answers fault.Conflict, a password that is
// too short fault.Invalid.
func (v *Vault) Create(ctx context.Context, password config.Secret, kdf KDF) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(v.path), 0o700); err != nil {
		return unusable(v.path, err)
	}
	release, err := take(ctx, v.path)
	if err != nil {
		return err
	}
	defer release()
	return v.fill(password, kdf, nil)
}

// fill makes a vault that holds objects.
func (v *Vault) fill(password config.Secret, kdf KDF, objects []Object) error {
	if _, err := os.Lstat(v.path); err == nil {
		return fault.New(fault.Conflict, "there is a file %s already", v.path).WithRemedy("name another one")
	}
	return v.rewrite(password, kdf, objects)
}

// rewrite writes the whole file anew under a password, and keeps its key. The caller holds the vault.
func (v *Vault) rewrite(password config.Secret, kdf KDF, objects []Object) error {
	if n := utf8.RuneCountInString(password.Reveal()); n < MinPassword || n > MaxPassword {
		return fault.New(fault.Invalid, "the new password has %d characters", n).WithRemedy("write %d to %d; a few random words are easy to keep in mind", MinPassword, MaxPassword)
	}
	d := &document{Format: formatName, Version: formatVersion, KDF: kdf.salted(), Objects: []sealedObject{}}
	if err := d.KDF.check(); err != nil {
		return err
	}
	key, err := d.KDF.derive(password)
	if err != nil {
		return err
	}
	box, err := aesgcm.New(key)
	if err != nil {
		return err
	}
	d.Check = lay(box, nil, d.bound("check"))
	if _, err := d.put(box, objects, false); err != nil {
		return err
	}
	if err := d.save(v.path, box); err != nil {
		return err
	}
	v.keep(key, d)
	return forgetSlot(v.path) // it has the key of another password
}

// save seals the document and writes it. The old file stays until the new one opened.
func (d *document) save(path string, box cipher.AEAD) error {
	d.finish(box)
	text := d.text()
	if len(text) > maxFile {
		return fault.New(fault.Exhausted, "the vault would be larger than 64 MiB").WithRemedy("remove what is not used")
	}
	return replace(path, text, func(text []byte) error {
		again, err := parse(text)
		if err != nil {
			return err
		}
		if !again.fits(box) || !again.genuine(box) {
			return fault.New(fault.Internal, "the new vault does not open")
		}
		return nil
	})
}

// Unlock takes the password. A wrong one answers fault.Unauthorized, one too early after many wrong ones
// fault.Unavailable, a damaged file fault.Malformed, no file fault.NotFound.
func (v *Vault) Unlock(ctx context.Context, password config.Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	release, err := hold(ctx, v.path)
	if err != nil {
		return err
	}
	defer release()
	_, _, err = v.open(password)
	return err
}

// open tries a password and keeps the key. The caller holds the vault.
func (v *Vault) open(password config.Secret) (*document, cipher.AEAD, error) {
	d, err := load(v.path)
	if err != nil {
		return nil, nil, err
	}
	t, err := begin(v.path, v.now())
	if err != nil {
		return nil, nil, err
	}
	key, err := d.KDF.derive(password)
	if err != nil {
		return nil, nil, err
	}
	box, err := aesgcm.New(key)
	if err != nil {
		return nil, nil, err
	}
	if !d.fits(box) {
		clear(key)
		return nil, nil, t.wrong()
	}
	if err := forgive(v.path); err != nil {
		return nil, nil, err
	}
	if !d.genuine(box) {
		clear(key)
		return nil, nil, damaged("somebody without its password changed it")
	}
	v.keep(key, d)
	return d, box, nil
}

// keep holds a key until it is not used for Idle. Unlocking once more goes on with the unlocking that there is; a new
// password ends it. The caller has mu.
func (v *Vault) keep(key []byte, d *document) {
	head := string(d.bound("head"))
	if v.key == nil || v.head != head {
		v.drop()
		v.until = make(chan struct{})
	}
	v.key, v.head = key, head
	v.touch()
}

// touch begins the idle time anew. The caller has mu.
func (v *Vault) touch() {
	v.used = v.now()
	if v.timer != nil {
		v.timer.Stop()
	}
	var timer *time.Timer
	timer = time.AfterFunc(Idle, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.timer == timer { // else it went off while the vault was in use
			v.drop()
		}
	})
	v.timer = timer
}

// drop overwrites the key. The caller has mu.
func (v *Vault) drop() {
	if v.key != nil {
		close(v.until)
	}
	clear(v.key)
	v.key = nil
	if v.timer != nil {
		v.timer.Stop()
		v.timer = nil
	}
}

// Lock forgets the key. It may be called twice.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.drop()
}

// Unlocked says whether secrets can be read now.
func (v *Vault) Unlocked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire()
	return v.key != nil
}

// Use begins the idle time anew, for whoever is let in while the vault is unlocked; false when it is locked.
func (v *Vault) Use() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire()
	if v.key == nil {
		return false
	}
	v.touch()
	return true
}

// Unlocking is closed when the vault locks; nil while it is locked. Each unlocking has another.
func (v *Vault) Unlocking() <-chan struct{} {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire()
	if v.key == nil {
		return nil
	}
	return v.until
}

// expire locks after Idle by the wall: timers stand still while a computer sleeps. The caller has mu.
func (v *Vault) expire() {
	if v.key != nil && v.now().Sub(v.used) >= Idle {
		v.drop()
	}
}
