package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/keyring"
	"github.com/kindos/kai/companion/keyring/keyringtest"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
)

func TestAKeyringOpensTheVault(t *testing.T) {
	real := keyringtest.Start(t)
	real.Use(t)
	v, path := made(t)
	assert.False(t, v.HasKeyring())
	assert.Equal(t, "not_found", code(v.UnlockBy(t.Context(), keyring.System{})))
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, v.KeyringOn(t.Context(), keyring.System{}))
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "an older kai reads the vault as ever")

	other := vault.At(path, time.Now)
	defer other.Lock()
	assert.True(t, other.HasKeyring())
	require.NoError(t, other.UnlockBy(t.Context(), keyring.System{}))
	value, err := config.Dereference(t.Context(), "vault:openai", other)
	require.NoError(t, err)
	assert.Equal(t, "sk-1", value.Reveal())

	other.Lock()
	real.Lock()
	assert.Equal(t, "locked", code(other.UnlockBy(t.Context(), keyring.System{})))
	require.NoError(t, other.Unlock(t.Context(), password), "the password opens it as ever")
}

func TestAVaultThatIsLockedGivesAKeyringNothing(t *testing.T) {
	keyringtest.Start(t).Use(t)
	v, path := made(t)
	v.Lock()
	assert.Equal(t, "locked", code(v.KeyringOn(t.Context(), keyring.System{})))
	assert.NoFileExists(t, path+".keyring")
}

// What ends the way by the keyring ends it for good, whatever the keyring still has.
func TestTheWayByTheKeyringEnds(t *testing.T) {
	keyringtest.Start(t).Use(t)
	for name, end := range map[string]func(t *testing.T, v *vault.Vault, path string){
		"off": func(t *testing.T, v *vault.Vault, _ string) {
			t.Helper()
			require.NoError(t, v.KeyringOff(t.Context(), keyring.System{}))
		},
		"off without the keyring": func(t *testing.T, v *vault.Vault, _ string) {
			t.Helper()
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none")
			assert.Equal(t, "unavailable", code(v.KeyringOff(t.Context(), keyring.System{})))
		},
		"another password": func(t *testing.T, v *vault.Vault, _ string) {
			t.Helper()
			require.NoError(t, v.ChangePassword(t.Context(), password, "battery staple", quick()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, path := made(t)
			require.NoError(t, v.KeyringOn(t.Context(), keyring.System{}))
			kept, err := os.ReadFile(path + ".keyring")
			require.NoError(t, err)
			end(t, v, path)
			v.Lock()
			assert.False(t, v.HasKeyring())
			assert.Equal(t, "not_found", code(v.UnlockBy(t.Context(), keyring.System{})))
			assert.Equal(t, "not_found", code(v.KeyringOff(t.Context(), keyring.System{})))
			if name != "another password" {
				return
			}
			require.NoError(t, os.WriteFile(path+".keyring", kept, 0o600)) // a copy of what it was
			assert.Equal(t, "unauthorized", code(v.UnlockBy(t.Context(), keyring.System{})))
		})
	}
}

// One key of the keyring opens one file of one vault.
func TestNothingElseOpensTheVault(t *testing.T) {
	keyringtest.Start(t).Use(t)
	v, path := made(t)
	require.NoError(t, v.KeyringOn(t.Context(), keyring.System{}))
	first, err := os.ReadFile(path + ".keyring")
	require.NoError(t, err)
	require.NoError(t, v.KeyringOn(t.Context(), keyring.System{}))
	second, err := os.ReadFile(path + ".keyring")
	require.NoError(t, err)
	_, another := made(t)
	v.Lock()
	opens := func(path string, text []byte) string {
		t.Helper()
		require.NoError(t, os.WriteFile(path+".keyring", text, 0o600))
		other := vault.At(path, time.Now)
		defer other.Lock()
		err := other.UnlockBy(t.Context(), keyring.System{})
		assert.Equal(t, err == nil, other.Unlocked())
		return code(err)
	}
	assert.Equal(t, "not_found", opens(path, first), "done anew, the earlier key is forgotten")
	assert.Equal(t, "unauthorized", opens(another, second))
	for at := range second {
		spoilt := bytes.Clone(second)
		spoilt[at] ^= 1
		assert.Contains(t, []string{"malformed", "unauthorized", "not_found", "unsupported"}, opens(path, spoilt), "byte %d", at)
	}
	assert.Empty(t, opens(path, second))
	require.NoError(t, os.Remove(filepath.Join(filepath.Dir(path), "vault.db")))
	assert.Equal(t, "not_found", opens(path, second))
}
