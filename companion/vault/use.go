package vault

import (
	"context"
	"crypto/cipher"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Outcome tells what became of objects that were put into a vault.
type Outcome struct {
	Added    []string `json:"added"`
	Replaced []string `json:"replaced"`
	Kept     []string `json:"kept"` // the vault had another of that id already, and keeps it
}

// List tells what the vault has, sorted by id. It needs no password: anybody who can read the file can read that much. What
// it tells is only sure to be genuine once the vault was unlocked.
func (v *Vault) List(ctx context.Context) ([]Entry, error) {
	release, err := hold(ctx, v.path)
	if err != nil {
		return nil, err
	}
	defer release()
	d, err := load(v.path)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(d.Objects))
	for i, o := range d.Objects {
		entries[i] = o.Entry
	}
	return entries, nil
}

// Get gives one object. A locked vault answers fault.Locked, an unknown id fault.NotFound.
func (v *Vault) Get(ctx context.Context, id string) (Object, error) {
	var out Object
	err := v.with(ctx, func(d *document, box cipher.AEAD) error {
		at, ok := place(d.Objects, id)
		if !ok {
			return noObject(id)
		}
		o, err := d.object(box, d.Objects[at])
		out = o
		return err
	})
	return out, err
}

// Secret gives the secret of an id, so that a Vault is what config.Dereference asks.
func (v *Vault) Secret(ctx context.Context, id string) (config.Secret, error) {
	o, err := v.Get(ctx, id)
	return o.Value, err
}

// All gives every object, sorted by id.
func (v *Vault) All(ctx context.Context) ([]Object, error) {
	var out []Object
	err := v.with(ctx, func(d *document, box cipher.AEAD) error {
		objects, err := d.all(box)
		out = objects
		return err
	})
	return out, err
}

// all opens every object.
func (d *document) all(box cipher.AEAD) ([]Object, error) {
	objects := make([]Object, len(d.Objects))
	for i, sealed := range d.Objects {
		o, err := d.object(box, sealed)
		if err != nil {
			return nil, err
		}
		objects[i] = o
	}
	return objects, nil
}

// Put adds objects, all or none. One whose id is taken stays as the vault has it, unless replace is set. A wrong object
// answers fault.Invalid, a full vault fault.Exhausted.
func (v *Vault) Put(ctx context.Context, objects []Object, replace bool) (Outcome, error) {
	var out Outcome
	err := v.with(ctx, func(d *document, box cipher.AEAD) error {
		done, err := d.put(box, objects, replace)
		if err != nil || len(done.Added)+len(done.Replaced) == 0 {
			out = done
			return err
		}
		if err := d.save(v.path, box); err != nil {
			return err
		}
		out = done
		return nil
	})
	return out, err
}

// put adds objects to the document.
func (d *document) put(box cipher.AEAD, objects []Object, replace bool) (Outcome, error) {
	out := Outcome{Added: []string{}, Replaced: []string{}, Kept: []string{}}
	for _, o := range objects {
		if err := o.check(); err != nil {
			return Outcome{}, err
		}
		sealed := sealedObject{Entry: o.normal()}
		sealed.Encrypted = lay(box, []byte(o.Value.Reveal()), d.boundObject(sealed.Entry))
		at, taken := place(d.Objects, o.ID)
		switch {
		case !taken && len(d.Objects) == MaxObjects:
			return Outcome{}, fault.New(fault.Exhausted, "the vault has %d objects, which is all it takes", MaxObjects)
		case !taken:
			d.Objects = slices.Insert(d.Objects, at, sealed)
			out.Added = append(out.Added, o.ID)
		case replace:
			d.Objects[at] = sealed
			out.Replaced = append(out.Replaced, o.ID)
		default:
			out.Kept = append(out.Kept, o.ID)
		}
	}
	return out, nil
}

// Remove takes objects out, all or none; an unknown id answers fault.NotFound.
func (v *Vault) Remove(ctx context.Context, ids ...string) error {
	return v.with(ctx, func(d *document, box cipher.AEAD) error {
		for _, id := range ids {
			at, ok := place(d.Objects, id)
			if !ok {
				return noObject(id)
			}
			d.Objects = slices.Delete(d.Objects, at, at+1)
		}
		return d.save(v.path, box)
	})
}

// ChangePassword writes everything anew under a new password, with a new salt and a new key, and leaves the vault unlocked.
// Other processes that had it unlocked find it locked. The old password is tried as Unlock does.
func (v *Vault) ChangePassword(ctx context.Context, old, password config.Secret, kdf KDF) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	release, err := hold(ctx, v.path)
	if err != nil {
		return err
	}
	defer release()
	d, box, err := v.open(old)
	if err != nil {
		return err
	}
	objects, err := d.all(box)
	if err != nil {
		return err
	}
	return v.rewrite(password, kdf, objects)
}

// Export writes a new vault with the same objects to another file, under a password of its own. A file that is there already
// answers fault.Conflict.
func (v *Vault) Export(ctx context.Context, path string, password config.Secret, kdf KDF) error {
	objects, err := v.All(ctx)
	if err != nil {
		return err
	}
	other := At(path, v.now)
	defer other.Lock()
	return other.fill(password, kdf, objects)
}

// locked says why a vault without its key gives nothing.
func (v *Vault) locked() error {
	if _, err := os.Stat(v.path); errors.Is(err, fs.ErrNotExist) {
		return missing(v.path)
	}
	return fault.New(fault.Locked, "the vault is locked").WithRemedy("unlock it with: kai vault unlock")
}

// with lets use work on the file as it is now, with the key.
func (v *Vault) with(ctx context.Context, use func(*document, cipher.AEAD) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expire()
	if v.key == nil {
		return v.locked()
	}
	release, err := hold(ctx, v.path)
	if err != nil {
		return err
	}
	defer release()
	d, err := load(v.path)
	if err != nil {
		return err
	}
	if string(d.bound("head")) != v.head {
		v.drop()
		return fault.New(fault.Locked, "the password of the vault was changed").WithRemedy("unlock it with the new one: kai vault unlock")
	}
	box, err := aesgcm.New(v.key)
	if err != nil {
		return err
	}
	if !d.fits(box) || !d.genuine(box) {
		return damaged("somebody without its password changed it")
	}
	v.touch()
	return use(d, box)
}
