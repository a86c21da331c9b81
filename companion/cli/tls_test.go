package cli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/certificate/certificatetest"
)

// The commands of the same computer speak through the local socket, so no certificate stands between them and kai.
func TestAnEncryptedKaiIsReachedByItsCommands(t *testing.T) {
	home := t.TempDir()
	cert, key := filepath.Join(home, "kai.pem"), filepath.Join(home, "kai.key")
	issuer := certificatetest.NewIssuer(t)
	issuer.Write(t, cert, key, "127.0.0.1")
	p := start(t, home, "--tls-cert", cert, "--tls-key", key)
	assert.True(t, strings.HasPrefix(p.url, "https://127.0.0.1:"), p.url)
	assert.True(t, strings.HasPrefix(p.link, p.url+"/login?once="), "the sign-in link is encrypted")

	code, out, stderr := outcome(t, kai(t, home, "status"))
	assert.Zero(t, code, stderr)
	assert.Contains(t, out, "web app  "+p.url+"\n")
	code, link, _ := outcome(t, kai(t, home, "open", "--print"))
	assert.Zero(t, code)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSpace(link), nil)
	require.NoError(t, err)
	resp, err := issuer.Client("").Do(r)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, http.StatusSeeOther, resp.StatusCode)

	code, out, _ = outcome(t, kai(t, home, "stop"))
	assert.Zero(t, code)
	assert.Equal(t, "kai has stopped.\n", out)
	require.NoError(t, p.cmd.Wait())
	said, err := os.ReadFile(p.stderr.Name())
	require.NoError(t, err)
	assert.NotContains(t, string(said), "PRIVATE KEY")
}

// The environment names the files for a kai that a browser or the system starts; the warning of the network then speaks of
// no unencrypted HTTP.
func TestTheEnvironmentNamesTheCertificate(t *testing.T) {
	home := t.TempDir()
	cert, key := filepath.Join(home, "kai.pem"), filepath.Join(home, "kai.key")
	certificatetest.NewIssuer(t).Write(t, cert, key, "kai.example")
	cmd := kai(t, home, "run", "--background", "--port", "0", "--bind", "0.0.0.0", "--set", "auth.mode=local_vault")
	cmd.Env = append(cmd.Env, "KAI_TLS_CERT=kai.pem", "KAI_TLS_KEY=kai.key")
	said, err := os.CreateTemp(t.TempDir(), "stderr")
	require.NoError(t, err)
	defer func() { _ = said.Close() }()
	cmd.Stderr = said
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	require.Eventually(t, func() bool {
		_, out, _ := outcome(t, kai(t, home, "status"))
		return strings.Contains(out, "web app  https://kai.example:")
	}, 10*time.Second, 20*time.Millisecond)
	text, err := os.ReadFile(said.Name())
	require.NoError(t, err)
	assert.Contains(t, string(text), "can open this kai's sign-in page; choose a long password")
	assert.NotContains(t, string(text), "unencrypted")
}
