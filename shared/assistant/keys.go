package assistant

import (
	"context"
	"strings"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// Keys seals the keys of services with something that is not in the store, so that no record has one in clear.
type Keys interface {
	Seal(ctx context.Context, key string) (string, error)
	Open(ctx context.Context, sealed string) (string, error)
}

// SealedKey is what a stored key begins with when it is sealed.
const SealedKey = "sealed:"

func isClear(key service.Secret) bool {
	return key != "" && !strings.HasPrefix(string(key), SealedKey) && !strings.HasPrefix(string(key), service.VaultKey)
}

// sealed is a body as it is stored.
func (a *Assistant) sealed(ctx context.Context, body any) (any, error) {
	s, ok := body.(Service)
	if !ok || a.deps.Keys == nil || strings.HasPrefix(string(s.Key), service.VaultKey) {
		return body, nil
	}
	if s.Key == "" {
		s.Key = s.unopened
		return s, nil
	}
	text, err := a.deps.Keys.Seal(ctx, string(s.Key))
	s.Key = service.Secret(SealedKey + text)
	return s, err
}

// open opens the key of a service that was read. While one can't be opened, because it was sealed elsewhere or what seals is not
// there, it is none: the service asks for it.
func (a *Assistant) open(ctx context.Context, body any) {
	s, ok := body.(*Service)
	if !ok || a.deps.Keys == nil {
		return
	}
	text, is := strings.CutPrefix(string(s.Key), SealedKey)
	if !is {
		return
	}
	key, err := a.deps.Keys.Open(ctx, text)
	if err != nil {
		a.deps.Log.Warn("the key of a service cannot be opened", "service", s.ID, "error", err)
		key, s.unopened = "", s.Key
	}
	s.Key = service.Secret(key)
}

// sealKeys seals the keys that are stored in clear, as they once were.
func (a *Assistant) sealKeys(ctx context.Context) error {
	if a.deps.Keys == nil {
		return nil
	}
	if err := a.lock(ctx); err != nil {
		return err
	}
	defer a.unlock()
	var drafts []draft
	err := a.eachRecord(ctx, store.Query{Kind: record.KindService}, func(r record.Record) bool {
		if s := (Service{}); readBody(r.Body, &s) == nil && isClear(s.Key) {
			drafts = append(drafts, draft{record.KindService, s.ID, s, r.Version})
		}
		return true
	})
	if err != nil || len(drafts) == 0 {
		return err
	}
	_, err = a.commit(ctx, NewsData{}, drafts...)
	return err
}
