package assistant

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// hexKeys stand in for a cipher: what they seal is not readable at a glance, and they can be lost.
type hexKeys struct{ lost bool }

func (h *hexKeys) Seal(_ context.Context, key string) (string, error) {
	return hex.EncodeToString([]byte(key)), nil
}

func (h *hexKeys) Open(_ context.Context, sealed string) (string, error) {
	if h.lost {
		return "", errors.New("no key")
	}
	key, err := hex.DecodeString(sealed)
	return string(key), err
}

// keeping is a world whose keys are sealed, with a service that has one, and what that service was asked with.
func keeping(t *testing.T) (w *world, keys *hexKeys, id string, asked func() service.Secret) {
	t.Helper()
	w, keys = newWorld(t), &hexKeys{}
	w.keys = keys
	w.restart()
	key := "sk-secret"
	s := ask[ServiceView](w, MethodServiceAdd, PutService{Kind: "ollama", URL: "http://other:11434", Key: &key})
	return w, keys, s.ID, func() (with service.Secret) {
		w.gateway.probe = func(_ context.Context, s service.Spec) (service.Health, error) {
			with = s.Key
			return service.Health{State: service.StateReady}, nil
		}
		ask[ServiceView](w, MethodServiceProbe, ByID{ID: s.ID})
		return with
	}
}

func (w *world) record(id string) string {
	w.t.Helper()
	records, err := w.store.Get(context.Background(), record.Key{Kind: record.KindService, ID: id})
	require.NoError(w.t, err)
	return string(records[0].Body)
}

func TestTheKeyOfAServiceIsSealedInItsRecord(t *testing.T) {
	w, _, id, asked := keeping(t)
	assert.NotContains(t, w.record(id), "sk-secret")
	assert.Contains(t, w.record(id), `"key":"sealed:`)
	assert.EqualValues(t, "sk-secret", asked())
	w.restart()
	assert.EqualValues(t, "sk-secret", asked())
}

func TestAChangedServiceKeepsItsSealedKey(t *testing.T) {
	w, _, id, asked := keeping(t)
	ask[ServiceView](w, MethodServiceUpdate, PutService{ID: id, Kind: "ollama", Name: "Another name", URL: "http://other:11434"})
	assert.NotContains(t, w.record(id), "sk-secret")
	assert.EqualValues(t, "sk-secret", asked())
}

func TestTheSameKeyTwiceIsOneService(t *testing.T) {
	w, _, _, _ := keeping(t)
	key := "sk-secret"
	_, err := try[ServiceView](w, MethodServiceAdd, PutService{Kind: "ollama", URL: "http://other:11434", Key: &key})
	assert.Equal(t, fault.Conflict, fault.CodeOf(err))
}

func TestAReferenceIntoTheVaultIsStoredAsItIs(t *testing.T) {
	w, _, id, asked := keeping(t)
	key := "vault:openai"
	ask[ServiceView](w, MethodServiceUpdate, PutService{ID: id, Kind: "ollama", URL: "http://other:11434", Key: &key})
	assert.Contains(t, w.record(id), `"key":"vault:openai"`)
	assert.EqualValues(t, "vault:openai", asked())
}

func TestKeysThatWereStoredInClearAreSealedAtTheStart(t *testing.T) {
	w, _, id, asked := keeping(t)
	records, err := w.store.Get(t.Context(), record.Key{Kind: record.KindService, ID: id})
	require.NoError(t, err)
	r := records[0]
	at := strings.Index(string(r.Body), `"key":"`)
	end := at + len(`"key":"`) + strings.Index(string(r.Body[at+len(`"key":"`):]), `"`)
	r.Body = []byte(string(r.Body[:at]) + `"key":"sk-old` + string(r.Body[end:]))
	r.Version = w.clock.Next()
	_, err = w.store.Apply(t.Context(), store.Put(r))
	require.NoError(t, err)
	w.restart()
	assert.NotContains(t, w.record(id), "sk-old")
	assert.EqualValues(t, "sk-old", asked())
}

func TestAKeyThatCannotBeOpenedNowIsNotLostByAnotherChange(t *testing.T) {
	w, keys, id, asked := keeping(t)
	keys.lost = true
	ask[ServiceView](w, MethodServiceUpdate, PutService{ID: id, Kind: "ollama", Name: "Another name", URL: "http://other:11434"})
	keys.lost = false
	assert.EqualValues(t, "sk-secret", asked())

	keys.lost = true
	none := ""
	ask[ServiceView](w, MethodServiceUpdate, PutService{ID: id, Kind: "ollama", URL: "http://other:11434", Key: &none})
	keys.lost = false
	assert.Empty(t, asked(), "the person removed it")
}

func TestAServiceWhoseKeyCannotBeOpenedAsksForItAndCanBeRemoved(t *testing.T) {
	w, keys, id, asked := keeping(t)
	keys.lost = true
	assert.Empty(t, asked())
	ask[Empty](w, MethodServiceRemove, ByID{ID: id})
}
