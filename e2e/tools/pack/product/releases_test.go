package product

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/update"
)

// keyFile writes a key as openssl does.
func keyFile(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return path
}

// What dist offers is what the kai of dist takes: its stamp has the key that the manifest is signed with.
func TestAKaiTakesTheManifestsOfItsDist(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	env := map[string]string{"KAI_UPDATE_KEY": keyFile(t, key), "KAI_UPDATE_URL": "https://example.org/kai/", "KAI_UPDATE_CHANNEL": "beta"}
	p := &Product{root: t.TempDir(), version: "1.1.0", say: io.Discard}
	p.releases, err = releasesFrom(func(name string) string { return env[name] })
	require.NoError(t, err)
	require.NoError(t, writeFile(p.path("dist", "kai-1.1.0-linux-amd64"), []byte("program")))
	require.NoError(t, p.offer("kai-linux-amd64", "kai-1.1.0-linux-amd64"))
	text, err := os.ReadFile(p.path("dist", "updates", "beta", "kai-linux-amd64.json"))
	require.NoError(t, err)
	source, err := update.ParseSource(p.releases.stamp())
	require.NoError(t, err)
	m, err := update.Parse(text, source.Key)
	require.NoError(t, err)
	assert.Equal(t, []string{"1.1.0", "beta", "https://example.org/kai/kai-1.1.0-linux-amd64"}, []string{m.Version, m.Channel, m.URL})
}

func TestAHalfSetSourceOfReleasesStopsTheBuild(t *testing.T) {
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	for name, env := range map[string]map[string]string{
		"no key": {"KAI_UPDATE_URL": "https://example.org"}, "no address": {"KAI_UPDATE_KEY": keyFile(t, key)},
		"http": {"KAI_UPDATE_KEY": keyFile(t, key), "KAI_UPDATE_URL": "http://example.org"},
		"text": {"KAI_UPDATE_KEY": "releases.go", "KAI_UPDATE_URL": "https://example.org"},
	} {
		_, err := releasesFrom(func(key string) string { return env[key] })
		assert.Error(t, err, name)
	}
	none, err := releasesFrom(func(string) string { return "" })
	require.NoError(t, err)
	assert.Nil(t, none.key)
}
