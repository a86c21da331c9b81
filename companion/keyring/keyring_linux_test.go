package keyring_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/keyring"
	"github.com/kindos/kai/companion/keyring/keyringtest"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

func TestASecretComesBackUntilItIsForgotten(t *testing.T) {
	keyringtest.Start(t).Use(t)
	k := keyring.System{}
	_, err := k.Find(t.Context(), "a")
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.NoError(t, k.Keep(t.Context(), "a", "first"))
	require.NoError(t, k.Keep(t.Context(), "b", "other"))
	require.NoError(t, k.Keep(t.Context(), "a", "second"))
	secret, err := k.Find(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, config.Secret("second").Reveal(), secret.Reveal())
	require.NoError(t, k.Forget(t.Context(), "a"))
	assert.Equal(t, fault.NotFound, fault.CodeOf(k.Forget(t.Context(), "a")))
	_, err = k.Find(t.Context(), "b")
	require.NoError(t, err)
}

// A locked keyring is told, instead of waiting for a person who may not be there.
func TestALockedKeyringSaysSo(t *testing.T) {
	real := keyringtest.Start(t)
	real.Use(t)
	k := keyring.System{}
	require.NoError(t, k.Keep(t.Context(), "a", "secret"))
	real.Lock()
	_, err := k.Find(t.Context(), "a")
	assert.Equal(t, fault.Locked, fault.CodeOf(err), "%v", err)
	assert.Equal(t, fault.Locked, fault.CodeOf(k.Keep(t.Context(), "b", "secret")))
}

func TestAKeyringThatIsAwayOrSilentSaysSo(t *testing.T) {
	dir := t.TempDir()
	mute, err := new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(dir, "mute"))
	require.NoError(t, err)
	defer func() { _ = mute.Close() }()
	for name, address := range map[string]string{
		"no bus": "", "no such bus": "unix:path=" + filepath.Join(dir, "none"), "a bus that is mute": "unix:path=" + filepath.Join(dir, "mute"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", dir)
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := keyring.System{}.Find(ctx, "a")
			assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
			assert.NotEmpty(t, fault.Public(err).Remedy)
		})
	}
}
