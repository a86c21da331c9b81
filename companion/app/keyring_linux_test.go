package app_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/keyring"
	"github.com/kindos/kai/companion/keyring/keyringtest"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/service"
)

// The keyring opens the vault when kai starts, and never again in that run: what a person locked stays locked.
func TestTheKeyringOpensTheVaultAtTheStartAlone(t *testing.T) {
	real := keyringtest.Start(t)
	real.Use(t)
	dir := t.TempDir()
	keep(t, dir, "guarded", "sk-1")
	v := vault.At(filepath.Join(dir, "vault.db"), time.Now)
	require.NoError(t, v.Unlock(t.Context(), password))
	require.NoError(t, v.KeyringOn(t.Context(), keyring.System{}))
	v.Lock()

	a := open(t, dir)
	assert.Equal(t, "unlocked", stepOf(t, a.Health(t.Context()), driver.StepVault).Detail)
	peer := hosted(t, dir)
	_, err := service.NewRemote(peer).Models(t.Context(), guarded(t, "sk-1"))
	require.NoError(t, err, "its keys are there")
	require.NoError(t, peer.Call(t.Context(), app.MethodLock, nil, nil))
	assert.Equal(t, "locked; kai vault unlock opens it", stepOf(t, a.Health(t.Context()), driver.StepVault).Detail)
	_, err = service.NewRemote(peer).Models(t.Context(), guarded(t, "sk-1"))
	require.Error(t, err)
	assert.Equal(t, "locked; kai vault unlock opens it", stepOf(t, a.Health(t.Context()), driver.StepVault).Detail)
	shut(t, a)

	real.Lock()
	a = open(t, dir)
	s := stepOf(t, a.Health(t.Context()), driver.StepVault)
	assert.Equal(t, driver.StateDegraded, s.State)
	assert.Equal(t, "locked: the keyring of this computer is locked; unlock it, as signing in to the desktop does, and try again; or open it with kai vault unlock", s.Detail)
	require.NoError(t, hosted(t, dir).Call(t.Context(), app.MethodUnlock, app.Password{Password: password}, nil))
	assert.Equal(t, "unlocked", stepOf(t, a.Health(t.Context()), driver.StepVault).Detail)
	require.NoError(t, hosted(t, dir).Call(t.Context(), app.MethodLock, nil, nil))
	assert.Equal(t, "locked; kai vault unlock opens it", stepOf(t, a.Health(t.Context()), driver.StepVault).Detail, "that has another reason")
}
