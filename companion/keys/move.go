package keys

import (
	"context"
	"strings"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/service"
)

// Unlocked is told that the vault was unlocked: keys that are sealed in their records move into it, and what was left there goes.
// What can't be done now is logged and waits for the next time; unlocking is no worse for it.
func (k *Keeper) Unlocked(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	k.turn.Lock()
	defer k.turn.Unlock()
	if k.opt.Into {
		if err := k.move(ctx); err != nil {
			k.opt.Log.Warn("keys of services stay sealed in their records", "error", err)
		}
	}
	k.clean(ctx)
}

// move puts the keys that are sealed into the vault, and then their names into the records.
func (k *Keeper) move(ctx context.Context) error {
	all, err := k.services(ctx)
	if err != nil {
		return err
	}
	var moving []service.Spec
	var objects []vault.Object
	for _, s := range all {
		text, is := strings.CutPrefix(string(s.Key), assistant.SealedKey)
		if !is {
			continue
		}
		key, err := k.opt.Sealer.Open(ctx, text)
		if err != nil { // it was sealed elsewhere, and that may come back
			k.opt.Log.Warn("the key of a service cannot be opened", "service", s.ID, "error", err)
			continue
		}
		moving, objects = append(moving, s), append(objects, k.object(s.Name, config.Secret(key)))
	}
	if len(moving) == 0 {
		return nil
	}
	if err := k.put(ctx, nil, objects...); err != nil {
		return err
	}
	for i, s := range moving {
		if err := k.point(ctx, s, objects[i].ID); err != nil {
			k.opt.Log.Warn("the key of a service stays sealed in its record", "service", s.ID, "error", err)
		}
	}
	k.opt.Log.Info("keys of services were moved into the vault", "keys", len(moving))
	return nil
}

// point has the record of a service name an object.
func (k *Keeper) point(ctx context.Context, s service.Spec, id string) error {
	_, err := k.pass(ctx, assistant.MethodServiceUpdate, assistant.PutService{ID: s.ID, Kind: s.Kind, Name: s.Name, URL: s.URL, Key: named(id)})
	return err
}
