package keys

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/kindos/kai/shared/fault"
)

// notesFile lists, in the data directory, the objects of the vault that may soon have no service: those of a change that has begun.
// What a kai that was killed, or a vault that was locked, left there is looked at when the vault is unlocked.
const notesFile = "keys.notes"

// notes are its content.
type notes struct {
	Loose []string `json:"loose"` // ids
}

// note adds to them.
func (k *Keeper) note(ids ...string) error {
	if len(ids) == 0 {
		return nil
	}
	return k.write(slices.Concat(k.noted(), ids))
}

// noted are those that are. A damaged file notes nothing: then a key may stay in the vault, where kai vault list shows it.
func (k *Keeper) noted() []string {
	text, err := os.ReadFile(k.opt.Dir.File(notesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var n notes
	if err = errors.Join(err, json.Unmarshal(text, &n)); err != nil {
		k.opt.Log.Warn("what was noted of keys in the vault cannot be read", "error", err)
	}
	return n.Loose
}

func (k *Keeper) write(ids []string) error {
	slices.Sort(ids)
	text, err := json.Marshal(notes{slices.Compact(ids)})
	if err != nil {
		return fault.Wrap(fault.Internal, err, "noting keys in the vault")
	}
	return k.opt.Dir.Write(notesFile, append(text, '\n'))
}

// clean removes from the vault what is noted and no service names. While the vault is locked all stays noted.
func (k *Keeper) clean(ctx context.Context) {
	if err := k.tidy(ctx); err != nil {
		k.opt.Log.Info("keys that no service names wait in the vault", "error", err)
	}
}

func (k *Keeper) tidy(ctx context.Context) error {
	loose := k.noted()
	if len(loose) == 0 {
		return nil
	}
	all, err := k.services(ctx)
	if err != nil {
		return err
	}
	entries, err := k.opt.Vault.List(ctx)
	if err != nil {
		return err
	}
	used := ours(all)
	var gone []string
	for _, e := range entries {
		if mine(e) && slices.Contains(loose, e.ID) && !slices.Contains(used, e.ID) {
			gone = append(gone, e.ID)
		}
	}
	if len(gone) > 0 {
		if err := k.opt.Vault.Remove(ctx, gone...); err != nil {
			return err
		}
	}
	if err := os.Remove(k.opt.Dir.File(notesFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "the note of keys in the vault cannot be removed")
	}
	return nil
}
