package vault_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
)

// The vectors were written by another implementation: testdata/vectors.py.
func TestVaultsOfAnotherImplementationOpen(t *testing.T) {
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want := []vault.Object{
		{Entry: vault.Entry{ID: "blob.bin", Type: "file", Metadata: vault.Metadata{Created: made}}, Value: "\x00\xff\n\r\x80"},
		{Entry: vault.Entry{ID: "empty", Type: "token", Tags: []string{"a", "b c"}, Metadata: vault.Metadata{Created: made}}},
		{Entry: vault.Entry{ID: "openai", Type: "api_key", Tags: []string{"work"}, Metadata: vault.Metadata{Name: "OpenAI <& Söhne>", Created: made}}, Value: "sk-test-1234"},
	}
	for _, kdf := range []string{vault.Argon2id, vault.PBKDF2SHA512} {
		t.Run(kdf, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vault.db")
			text, err := os.ReadFile(filepath.Join("testdata", kdf+".vault"))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, text, 0o600))
			v := vault.At(path, time.Now)
			defer v.Lock()
			require.NoError(t, v.Unlock(t.Context(), "correct horse, größer"))
			got, err := v.All(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// The blob of kai-cd's own format, found with its code.
func TestAVaultOfKaiCDOpens(t *testing.T) {
	const blob = "U2FsdGVkX197ec22Qm4uT4EeBn8X0/6y2bmCf4BsSeFPNNJBOr1gcdWdlErPd+dt"
	for name, text := range map[string]string{
		"alone":        blob + "\n",
		"backup":       `{"version": "1.0", "metadata": {"source": "x"}, "data": {"services": [], "vault": "` + blob + `"}}`,
		"stored value": `{"kai-vault-storage": "{\"state\":{\"any\":\"` + blob + `\"},\"version\":0}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "old.json")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			source, err := vault.ReadSource(path)
			require.NoError(t, err)
			assert.True(t, source.Locked)
			objects, err := source.Objects(config.Secret("correct horse"), time.Now())
			require.NoError(t, err)
			assert.Empty(t, objects)
			_, err = source.Objects("wrong horse", time.Now())
			assert.Equal(t, "unauthorized", code(err))
		})
	}
}
