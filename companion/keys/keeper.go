package keys

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// Keeper stands before the assistant and has the keys of services in the vault: a key that a person types goes into an object of
// its own, and the assistant gets "vault:ID" in its place. What no service names any more goes from the vault.
//
// The vault is written before a record and cleaned after it, so whenever kai ends, each record names a key that is there.
// Safe for concurrent use.
type Keeper struct {
	opt  KeeperOptions
	turn sync.Mutex // one change of services at a time
}

// KeeperOptions say what a Keeper stands between.
type KeeperOptions struct {
	Vault *vault.Vault
	// Into has keys go into the vault. Without it they stay where the assistant seals them; what is in the vault already is used and
	// cleaned all the same.
	Into   bool
	Sealer *Sealer          // opens the keys that were sealed before
	Store  store.Store      // of the assistant
	Next   protocol.Handler // the assistant
	Dir    datadir.Dir      // has the notes
	Now    func() time.Time
	NewID  func() string
	Log    *slog.Logger
}

// NewKeeper makes one. Unlocked is to be called whenever the vault was unlocked.
func NewKeeper(opt KeeperOptions) *Keeper { return &Keeper{opt: opt} }

// Serve answers what the assistant answers.
func (k *Keeper) Serve(ctx context.Context, r *protocol.Request) (any, error) {
	switch r.Method {
	case assistant.MethodServiceAdd, assistant.MethodServiceUpdate:
		return k.change(context.WithoutCancel(ctx), r)
	case assistant.MethodServiceRemove, assistant.MethodDataDeleteAll:
		return k.remove(context.WithoutCancel(ctx), r)
	default:
		return k.opt.Next.Serve(ctx, r)
	}
}

// change adds or changes a service. A key that is changed is another object until the record names it: the old key must not go to
// a new address, nor be gone when the change is refused.
func (k *Keeper) change(ctx context.Context, r *protocol.Request) (any, error) {
	var in assistant.PutService
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	k.turn.Lock()
	defer k.turn.Unlock()
	all, err := k.services(ctx)
	if err != nil {
		return nil, err
	}
	held := ours(only(all, in.ID))
	if in.Key, err = k.take(ctx, all, in, held); err != nil {
		return nil, err
	}
	defer k.clean(ctx)
	out, err := k.pass(ctx, r.Method, in)
	if err == nil && in.Key == nil {
		k.rename(ctx, held, in.Name)
	}
	return out, err
}

// pass has the assistant add or change a service.
func (k *Keeper) pass(ctx context.Context, method string, in assistant.PutService) (any, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "writing a service as JSON")
	}
	return k.opt.Next.Serve(ctx, protocol.NewRequest(method, body, nil))
}

// take puts a typed key into the vault, and gives what the record is to have in its place. held are the objects that it has now.
func (k *Keeper) take(ctx context.Context, all []service.Spec, in assistant.PutService, held []string) (*string, error) {
	key, ok := typed(in)
	if !ok || !k.opt.Into {
		return in.Key, k.note(held...)
	}
	if err := assistant.CheckKey(key.Reveal()); err != nil {
		return nil, err
	}
	if id := k.same(ctx, all, in, key); id != "" {
		return named(id), nil
	}
	o := k.object(cmp.Or(in.Name, in.Kind), key)
	return named(o.ID), k.put(ctx, held, o)
}

// remove passes on what removes one service, or all.
func (k *Keeper) remove(ctx context.Context, r *protocol.Request) (any, error) {
	k.turn.Lock()
	defer k.turn.Unlock()
	all, err := k.services(ctx)
	if err != nil {
		return nil, err
	}
	if r.Method == assistant.MethodServiceRemove {
		var in assistant.ByID
		if err := r.Decode(&in); err != nil {
			return nil, err
		}
		all = only(all, in.ID)
	}
	if err := k.note(ours(all)...); err != nil {
		return nil, err
	}
	defer k.clean(ctx)
	return k.opt.Next.Serve(ctx, r)
}

// services are those of the assistant's store as they are stored. What cannot be read is none.
func (k *Keeper) services(ctx context.Context) (out []service.Spec, err error) {
	q := store.Query{Kind: record.KindService}
	for {
		page, err := k.opt.Store.List(ctx, q)
		if err != nil {
			return nil, fault.Wrap(fault.CodeOf(err), err, "the services cannot be read")
		}
		for _, r := range page.Records {
			if s := (assistant.Service{}); json.Unmarshal(r.Body, &s) == nil {
				out = append(out, s.Spec)
			}
		}
		if q.After = page.Next; q.After == "" {
			return out, nil
		}
	}
}

// typed is the key that a person typed, if it is one and not where one is.
func typed(in assistant.PutService) (config.Secret, bool) {
	if in.Key == nil {
		return "", false
	}
	key := config.Secret(strings.TrimSpace(*in.Key))
	_, elsewhere := key.Reference()
	return key, key != "" && !elsewhere
}

// same is the object of a service that is there already, at this address and with this key: the assistant will say so.
func (k *Keeper) same(ctx context.Context, all []service.Spec, in assistant.PutService, key config.Secret) string {
	place := func(url string) string { return strings.ToLower(strings.TrimRight(strings.TrimSpace(url), "/")) }
	for _, s := range all {
		id, ok := ourID(s)
		if !ok || in.ID != "" || s.Kind != in.Kind || place(s.URL) != place(in.URL) {
			continue
		}
		if o, err := k.opt.Vault.Get(ctx, id); err == nil && o.Value == key {
			return id
		}
	}
	return ""
}

// put notes objects and others, and puts the objects into the vault.
func (k *Keeper) put(ctx context.Context, noted []string, objects ...vault.Object) error {
	for _, o := range objects {
		noted = append(noted, o.ID)
	}
	if err := k.note(noted...); err != nil {
		return err
	}
	_, err := k.opt.Vault.Put(ctx, objects, false)
	if fault.CodeOf(err) == fault.NotFound { // of the vault; not of a service
		f := fault.Public(err)
		err = fault.New(fault.Unavailable, "%s", f.Message).WithRemedy("%s", f.Remedy)
	}
	return err
}

// rename has the vault say the name that a service has now.
func (k *Keeper) rename(ctx context.Context, ids []string, name string) {
	for _, id := range ids {
		o, err := k.opt.Vault.Get(ctx, id)
		if err == nil && name != "" && mine(o.Entry) && o.Metadata.Name != title(name) {
			o.Metadata.Name = title(name)
			_, err = k.opt.Vault.Put(ctx, []vault.Object{o}, true)
		}
		if err != nil {
			k.opt.Log.Info("the vault does not have the new name of a service", "error", err)
		}
	}
}
