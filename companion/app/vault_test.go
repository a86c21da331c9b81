package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

const password = "correct horse"

// keep makes a vault in a data directory, with one key.
func keep(t *testing.T, dir, id string, key config.Secret) {
	t.Helper()
	v := vault.At(filepath.Join(dir, "vault.db"), time.Now)
	defer v.Lock()
	require.NoError(t, v.Create(t.Context(), password, vault.KDF{Name: vault.PBKDF2SHA512, Iterations: 1}))
	entry := vault.Entry{ID: id, Type: "api_key", Metadata: vault.Metadata{Created: time.Now()}}
	_, err := v.Put(t.Context(), []vault.Object{{Entry: entry, Value: key}}, false)
	require.NoError(t, err)
}

// guarded is a model server that wants a key, for real: it refuses every other one.
func guarded(t *testing.T, key string) service.Spec {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+key {
			http.Error(w, `{"error":{"message":"no"}}`, http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":"tiny","object":"model"}]}`))
	}))
	t.Cleanup(server.Close)
	return service.Spec{ID: "s", Kind: "openai", Name: "Guarded", URL: server.URL, Key: "vault:guarded"}
}

// A key that is in the vault is looked up when the service is asked: a locked vault stops that question, not kai.
func TestKeysComeFromTheVaultWhenTheyAreNeeded(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	peer := hosted(t, dir)
	kai, spec := service.NewRemote(peer), guarded(t, "sk-1")
	models := func() error { _, err := kai.Models(t.Context(), spec); return err }
	assert.Equal(t, fault.NotFound, fault.CodeOf(models()), "there is no vault yet")

	keep(t, dir, "guarded", "sk-1")
	f := fault.Public(models())
	assert.Equal(t, []any{fault.Locked, "unlock it with: kai vault unlock"}, []any{f.Code, f.Remedy})
	health, err := kai.Probe(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, service.StateLocked, health.State)
	assert.Contains(t, health.Detail, "kai vault unlock")
	_, err = kai.Chat(t.Context(), spec, service.ChatRequest{Model: "tiny"}, func(service.ChatDelta) error { return nil })
	assert.Equal(t, fault.Locked, fault.CodeOf(err))

	assert.Equal(t, fault.Unauthorized, fault.CodeOf(peer.Call(t.Context(), app.MethodUnlock, app.Password{Password: "wrong horse"}, nil)))
	require.NoError(t, peer.Call(t.Context(), app.MethodUnlock, app.Password{Password: password}, nil))
	require.NoError(t, models())
	health, err = kai.Probe(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, service.StateReady, health.State)

	require.NoError(t, peer.Call(t.Context(), app.MethodLock, nil, nil))
	assert.Equal(t, fault.Locked, fault.CodeOf(models()))
}

// stepOf is how one step is.
func stepOf(t *testing.T, h driver.Health, step string) driver.StepHealth {
	t.Helper()
	for _, s := range h.Steps {
		if s.Step == step {
			return s
		}
	}
	require.Fail(t, "no such step", step)
	return driver.StepHealth{}
}

// Without its vault a kai that wants its password runs, and says what is missing; the native socket goes on all the same.
func TestAKaiWithoutItsVaultSaysSo(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, func(o *app.Options) { o.Config.Auth.Mode = config.AuthLocalVault })
	vaultStep := func() driver.StepHealth { return stepOf(t, a.Health(t.Context()), driver.StepVault) }
	assert.Equal(t, driver.StateDegraded, vaultStep().State)
	assert.Contains(t, vaultStep().Detail, "kai vault init")
	assert.Equal(t, driver.StateDegraded, a.Health(t.Context()).State)
	assert.True(t, a.Locked())

	keep(t, dir, "x", "1")
	assert.Equal(t, []any{driver.StateReady, "locked; kai vault unlock opens it"}, []any{vaultStep().State, vaultStep().Detail})
	peer := hosted(t, dir)
	var status api.Status
	require.NoError(t, peer.Call(t.Context(), app.MethodStatus, nil, &status), "who is at this computer is asked for no session")
	assert.Equal(t, driver.StateReady, status.Health.State)
	require.NoError(t, peer.Call(t.Context(), app.MethodUnlock, app.Password{Password: password}, nil))
	assert.Equal(t, "unlocked", vaultStep().Detail)
	assert.False(t, a.Locked())
}

// Stopping locks: the key does not outlive what it was for.
func TestStoppingLocksTheVault(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, "x", "1")
	a, err := app.New(options(t, dir))
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	require.NoError(t, hosted(t, dir).Call(context.Background(), app.MethodUnlock, app.Password{Password: password}, nil))
	shut(t, a)
	assert.False(t, a.Unlocked())
}
