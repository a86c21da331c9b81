package keys

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/service"
)

// What the objects are known by that a Keeper put into the vault. A person's own may begin like them, and has not the tag.
const (
	idPrefix   = "service-"
	tag        = "key of a service"
	titleStart = "key of service "
	maxTitle   = 256 // bytes, as the vault takes them
)

// object is a new one with a key.
func (k *Keeper) object(name string, key config.Secret) vault.Object {
	return vault.Object{Value: key, Entry: vault.Entry{
		ID: idPrefix + k.opt.NewID(), Type: "api_key", Tags: []string{tag}, Metadata: vault.Metadata{Name: title(name), Created: k.opt.Now()},
	}}
}

// mine says whether a Keeper made an object.
func mine(e vault.Entry) bool {
	return strings.HasPrefix(e.ID, idPrefix) && len(e.Tags) == 1 && e.Tags[0] == tag
}

// title is what kai vault list shows of a service's key: one line that a terminal takes.
func title(name string) string {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	text := titleStart + strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name)
	for len(text) > maxTitle {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	return text
}

// named is how a record names an object.
func named(id string) *string {
	text := service.VaultKey + id
	return &text
}

// ourID is the object that a service names, if a Keeper may have made it.
func ourID(s service.Spec) (string, bool) {
	id, ok := config.Secret(s.Key).Reference()
	return id, ok && strings.HasPrefix(id, idPrefix)
}

// ours are the objects that services name.
func ours(all []service.Spec) (out []string) {
	for _, s := range all {
		if id, ok := ourID(s); ok {
			out = append(out, id)
		}
	}
	return out
}

// only is the service of an id; none where it is empty.
func only(all []service.Spec, id string) []service.Spec {
	i := slices.IndexFunc(all, func(s service.Spec) bool { return s.ID == id })
	if id == "" || i < 0 {
		return nil
	}
	return all[i : i+1]
}
