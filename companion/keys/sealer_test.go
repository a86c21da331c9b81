package keys_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/keys"
	"github.com/kindos/kai/shared/fault"
)

func sealer(t *testing.T, path string) *keys.Sealer {
	t.Helper()
	s, err := keys.OpenSealer(path)
	require.NoError(t, err)
	return s
}

func TestASealedKeyIsOpenedByWhoeverHasTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.key")
	one, err := sealer(t, path).Seal(t.Context(), "sk-1234")
	require.NoError(t, err)
	other, err := sealer(t, path).Seal(t.Context(), "sk-1234")
	require.NoError(t, err)
	assert.NotEqual(t, one, other, "equal keys look alike")
	for _, sealed := range []string{one, other} {
		assert.NotContains(t, sealed, "1234")
		key, err := sealer(t, path).Open(t.Context(), sealed)
		require.NoError(t, err)
		assert.Equal(t, "sk-1234", key)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestWhatWasSealedElsewhereOrChangedIsNotOpened(t *testing.T) {
	s := sealer(t, filepath.Join(t.TempDir(), "keys.key"))
	sealed, err := s.Seal(t.Context(), "sk-1234")
	require.NoError(t, err)
	for name, text := range map[string]string{"": "", "no base64": "%", "short": "AAAA", "changed": "A" + sealed[1:] + "A", "cut": sealed[:len(sealed)-4]} {
		_, err := s.Open(t.Context(), text)
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), name)
	}
	_, err = sealer(t, filepath.Join(t.TempDir(), "keys.key")).Open(t.Context(), sealed)
	assert.Equal(t, fault.Malformed, fault.CodeOf(err), "another file")
}

func TestADamagedFileIsTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.key")
	require.NoError(t, os.WriteFile(path, []byte("short"), 0o600))
	_, err := keys.OpenSealer(path)
	require.Equal(t, fault.Invalid, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Words(), "put it back from a copy, or remove it")
}
