package cli_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// specified is the StandaloneConfig of the specification's own example, as a file.
const specified = `{
  "storage": {"db": "sqlite", "files": "./kai-data/", "cache": "redis"},
  "auth": {"mode": "local_vault", "vaultPath": "./vault.db"},
  "services": {"ollama": true, "comfyui": true, "chroma": true},
  "features": {"auto_update": true, "telemetry": false, "federation": false},
  "networking": {"port": 8080, "bindAddress": "0.0.0.0", "cors": {"origins": ["*"]}}
}`

// types runs a command of kai with lines on its standard input.
func types(t *testing.T, home, lines string, args ...string) (int, string, string) {
	t.Helper()
	cmd := kai(t, home, args...)
	cmd.Stdin = bytes.NewReader([]byte(lines))
	return outcome(t, cmd)
}

// The specification's own example runs: locked, until the vault's password is given.
func TestTheExampleOfTheSpecificationRuns(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "spec.json")
	require.NoError(t, os.WriteFile(file, []byte(specified), 0o600))
	p := start(t, home, "--config", file)
	base := "http://127.0.0.1" + p.url[strings.LastIndexByte(p.url, ':'):]
	_, token, _ := outcome(t, kai(t, home, "token"))
	ask := func() int { status, _ := get(t, base+"/api/status", strings.TrimSpace(token)); return status }
	code, out, _ := outcome(t, kai(t, home, "status"))
	assert.Zero(t, code, "who is at this computer needs no session")
	assert.Contains(t, out, "kai vault init")
	assert.Regexp(t, `cache +(ready|degraded)`, out, "with Redis or without")
	code, _, stderr := types(t, home, "correct horse\n", "vault", "unlock", "--password-stdin")
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "kai vault init")

	code, _, stderr = types(t, home, "correct horse\n", "--config", file, "vault", "init", "--password-stdin")
	require.Zero(t, code, stderr)
	assert.FileExists(t, filepath.Join(home, "data", "vault.db"))
	assert.Equal(t, http.StatusLocked, ask())
	code, _, stderr = types(t, home, "wrong horse\n", "vault", "unlock", "--password-stdin")
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "the password is wrong")
	code, out, stderr = types(t, home, "correct horse\n", "vault", "unlock", "--password-stdin")
	require.Zero(t, code, stderr)
	assert.Equal(t, "The vault is unlocked.\n", out)
	assert.Equal(t, http.StatusOK, ask())
	_, out, _ = outcome(t, kai(t, home, "status"))
	assert.Regexp(t, `vault +ready +unlocked`, out)

	code, out, _ = outcome(t, kai(t, home, "vault", "lock"))
	assert.Zero(t, code)
	assert.Equal(t, "The vault is locked.\n", out)
	assert.Equal(t, http.StatusLocked, ask())
	p.stop(t, os.Interrupt)
	code, _, stderr = outcome(t, kai(t, home, "vault", "lock"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "kai run")
}
