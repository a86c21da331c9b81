package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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

// The keys of services move into the vault when auth.mode becomes local_vault, and go with their services; a kai that is killed after
// the move has them still.
func TestKeysOfServicesAreInTheVault(t *testing.T) {
	home := t.TempDir()
	var token string
	call := func(p *process, method, path, body string) (int, string) {
		return request(t, method, p.url+path, strings.TrimSpace(token), body)
	}
	add := func(p *process, name string) string {
		status, text := call(p, http.MethodPost, "/api/v1/services", `{"kind":"openai","name":"`+name+`","url":"http://127.0.0.1:1/`+name+`","key":"sk-`+name+`"}`)
		require.Equal(t, http.StatusCreated, status, text)
		var added struct {
			ID string `json:"id"`
		}
		require.NoError(t, json.Unmarshal([]byte(text), &added))
		return added.ID
	}
	listed := func() string {
		code, out, stderr := outcome(t, kai(t, home, "vault", "list"))
		require.Zero(t, code, stderr)
		return out
	}
	p := start(t, home)
	_, token, _ = outcome(t, kai(t, home, "token"))
	first := add(p, "first")
	p.stop(t, os.Interrupt)

	code, _, stderr := types(t, home, "correct horse\n", "vault", "init", "--password-stdin")
	require.Zero(t, code, stderr)
	p = start(t, home, "--set", "auth.mode=local_vault")
	unlock := func() {
		code, _, stderr := types(t, home, "correct horse\n", "vault", "unlock", "--password-stdin")
		require.Zero(t, code, stderr)
	}
	assert.NotContains(t, listed(), "first")
	unlock()
	assert.Contains(t, listed(), "key of service first")
	add(p, "second")
	assert.Contains(t, listed(), "key of service second")
	require.NoError(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()

	p = start(t, home, "--set", "auth.mode=local_vault")
	unlock()
	assert.Equal(t, 2, strings.Count(listed(), "key of service"), "each once")
	status, text := call(p, http.MethodDelete, "/api/v1/services/"+first, "")
	require.Equal(t, http.StatusNoContent, status, text)
	assert.NotContains(t, listed(), "first")
	id := regexp.MustCompile(`service-\S+`).FindString(listed())
	code, out, stderr := types(t, home, "correct horse\n", "vault", "get", id, "--show", "--password-stdin")
	require.Zero(t, code, stderr)
	assert.Equal(t, "sk-second", strings.TrimSpace(out))
	p.stop(t, os.Interrupt)
}
